BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsRandom' {
    It 'writes a stream with as many bytes' {
        $random = New-KmsRandom 32
        , $random | Should -BeOfType IO.MemoryStream
        $random.Length | Should -Be 32
        $random.ToArray().Length | Should -Be 32
    }

    It 'writes other bytes each time' {
        $first, $second = (New-KmsRandom -NumberOfBytes 16), (New-KmsRandom -NumberOfBytes 16)
        [Convert]::ToHexString($first.ToArray()) | Should -Not -Be ([Convert]::ToHexString($second.ToArray()))
    }

    It 'takes numbers from the pipeline' {
        1, 1024 | New-KmsRandom | ForEach-Object Length | Should -Be 1, 1024
    }

    It 'writes the whole answer with -Select *' {
        $answer = New-KmsRandom 8 -Select *
        Get-PropertyName $answer | Should -Be 'CiphertextForRecipient', 'Plaintext'
        $answer.Plaintext.Length | Should -Be 8
    }

    It 'shows a length, never bytes' {
        $random = New-KmsRandom 20
        "$random" | Should -BeExactly '<secret, 20 bytes: not in text>'
        ($random | Out-String).Trim() | Should -BeExactly '20 bytes'
        $random | Format-List * | Out-String | Should -Not -Match ([Convert]::ToBase64String($random.ToArray()).Replace('+', '\+'))
    }

    It 'writes nothing with -WhatIf' {
        New-KmsRandom 8 -WhatIf | Should -BeNullOrEmpty
    }

    It 'refuses <Bytes> bytes' -ForEach @(
        @{ Bytes = 0; Message = "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1" }
        @{ Bytes = 1025; Message = "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024" }
        @{ Bytes = $null; Message = 'NumberOfBytes is required.' }
    ) {
        $refusal = Get-ErrorOf { New-KmsRandom $Bytes }
        $refusal.FullyQualifiedErrorId | Should -Be 'ValidationException,KmsTools.Commands.NewKmsRandomCommand'
        $refusal.Exception.Message | Should -BeExactly $Message
    }

    It 'refuses a key store that does not exist' {
        Get-ErrorCode (Get-ErrorOf { New-KmsRandom 8 -CustomKeyStoreId cks-12345678901234567 }) | Should -Be 'CustomKeyStoreNotFoundException'
    }
}
