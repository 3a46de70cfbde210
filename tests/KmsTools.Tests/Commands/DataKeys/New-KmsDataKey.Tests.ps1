BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    New-KmsAlias $key.KeyId -AliasName alias/app
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsDataKey' {
    It 'writes the data key in clear and encrypted' {
        $answer = New-KmsDataKey $key.KeyId -KeySpec AES_256
        Get-PropertyName $answer | Should -Be 'CiphertextBlob', 'CiphertextForRecipient', 'KeyId', 'KeyMaterialId', 'Plaintext'
        $answer.Plaintext.Length | Should -Be 32
        $answer.KeyId | Should -Be $key.Arn
        $answer.KeyMaterialId | Should -Be $key.CurrentKeyMaterialId
        (Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob).Plaintext.ToArray() | Should -Be $answer.Plaintext.ToArray()
    }

    It 'makes the length that is asked for' {
        (New-KmsDataKey $key.KeyId -KeySpec AES_128).Plaintext.Length | Should -Be 16
        (New-KmsDataKey $key.KeyId -NumberOfBytes 1).Plaintext.Length | Should -Be 1
        (New-KmsDataKey $key.KeyId -NumberOfBytes 1024).Plaintext.Length | Should -Be 1024
    }

    It 'takes keys from the pipeline, whose own KeySpec is another one' {
        ($key | New-KmsDataKey -NumberOfBytes 24).Plaintext.Length | Should -Be 24
        ('alias/app' | New-KmsDataKey -KeySpec AES_256).KeyId | Should -Be $key.Arn
        (Get-KmsKeyList | New-KmsDataKey -KeySpec AES_256).KeyId | Should -Be $key.Arn
    }

    It 'binds the encryption context' {
        $answer = New-KmsDataKey alias/app -KeySpec AES_256 -EncryptionContext @{ volume = 'data-1' }
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob }) | Should -Be 'InvalidCiphertextException'
        (Get-KmsEvent -EventName GenerateDataKey -Last 1).RequestParameters.encryptionContext.volume | Should -Be 'data-1'
        Get-ErrorCode (Get-ErrorOf { New-KmsDataKey alias/app -KeySpec AES_256 -EncryptionContext @{ volume = $null } }) | Should -Be 'InvalidArgument'
    }

    It 'shows lengths, never bytes' {
        $answer = New-KmsDataKey $key.KeyId -KeySpec AES_256
        $hex = [Convert]::ToHexString($answer.Plaintext.ToArray())
        $base64 = [Convert]::ToBase64String($answer.Plaintext.ToArray())
        $views = @(
            $answer | Out-String
            $answer | Format-List * | Out-String
            $answer | ConvertTo-Json -Depth 5 -WarningAction Ignore
            (Get-KmsEvent -EventName GenerateDataKey -Last 1).CloudTrailEvent
        ) -join "`n"
        $views | Should -Match 'Plaintext\s+: 32 bytes'
        $views.Contains($hex, 'OrdinalIgnoreCase') | Should -BeFalse
        $views.Contains($base64) | Should -BeFalse
    }

    It 'writes what -Select chooses' {
        (New-KmsDataKey $key.KeyId -KeySpec AES_256 -Select Plaintext).Length | Should -Be 32
        New-KmsDataKey alias/app -KeySpec AES_256 -Select ^KeySpec | Should -Be 'AES_256'
    }

    It 'makes none with -WhatIf or -DryRun' {
        New-KmsDataKey $key.KeyId -KeySpec AES_256 -WhatIf | Should -BeNullOrEmpty
        Get-ErrorCode (Get-ErrorOf { New-KmsDataKey $key.KeyId -KeySpec AES_256 -DryRun $true }) | Should -Be 'DryRunOperationException'
        (New-KmsDataKey $key.KeyId -KeySpec AES_256 -DryRun $false).Plaintext.Length | Should -Be 32
    }

    It 'needs one of -KeySpec and -NumberOfBytes' {
        foreach ($length in @{}, @{ KeySpec = 'AES_256'; NumberOfBytes = 32 }) {
            $refusal = Get-ErrorOf { New-KmsDataKey $key.KeyId @length }
            $refusal.FullyQualifiedErrorId | Should -Be 'ValidationException,KmsTools.Commands.NewKmsDataKeyCommand'
            $refusal.Exception.Message | Should -BeExactly 'Please specify either number of bytes or key spec.'
            $refusal.TargetObject | Should -Be $key.KeyId
        }
    }
}
