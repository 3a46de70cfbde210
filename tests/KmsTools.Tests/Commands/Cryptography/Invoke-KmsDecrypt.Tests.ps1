BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'hunter2secret'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Invoke-KmsDecrypt' {
    It 'writes plaintext, key, algorithm and key material' {
        $answer = Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob
        Get-PropertyName $answer | Should -Be 'CiphertextForRecipient', 'EncryptionAlgorithm', 'KeyId', 'KeyMaterialId', 'Plaintext'
        Read-Text $answer.Plaintext | Should -BeExactly 'hunter2secret'
        $answer.KeyId | Should -Be $key.Arn
        $answer.KeyMaterialId | Should -Be $key.CurrentKeyMaterialId
        $answer.CiphertextForRecipient | Should -BeNullOrEmpty
    }

    It 'takes the ciphertext as stream, bytes and file' {
        [IO.File]::WriteAllBytes("$TestDrive/sealed.bin", $sealed.CiphertextBlob.ToArray())
        foreach ($ciphertext in $sealed.CiphertextBlob, $sealed.CiphertextBlob.ToArray(), (Get-Item "$TestDrive/sealed.bin")) {
            Read-Text (Invoke-KmsDecrypt -CiphertextBlob $ciphertext -Select Plaintext) | Should -BeExactly 'hunter2secret'
        }
    }

    It 'takes the answers of Invoke-KmsEncrypt from the pipeline' {
        $answers = 'one', 'two' | ForEach-Object { Invoke-KmsEncrypt $key.KeyId -Plaintext $_ } | Invoke-KmsDecrypt
        $answers.ForEach({ Read-Text $_.Plaintext }) | Should -Be 'one', 'two'
    }

    It 'decrypts data keys' {
        $dataKey = New-KmsDataKey $key.KeyId -KeySpec AES_256
        ($dataKey | Select-Object CiphertextBlob | Invoke-KmsDecrypt).Plaintext.ToArray() | Should -Be $dataKey.Plaintext.ToArray()
    }

    It 'keeps the plaintext out of every view' {
        $answer = Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob
        $views = @(
            $answer | Out-String
            $answer | Format-List * | Out-String
            $answer | Format-Table * | Out-String
            $answer | ConvertTo-Json -Depth 5 -WarningAction Ignore
            $answer.Plaintext | Out-String
            "$($answer.Plaintext)"
        ) -join "`n"
        $views | Should -Match '13 bytes'
        $views | Should -Not -Match 'hunter2secret'
        $views | Should -Not -Match '104\s+117\s+110'
        $views | Should -Not -Match 'aHVudGVyMnNlY3JldA'
        (Get-KmsEvent -EventName Decrypt).CloudTrailEvent -join "`n" | Should -Not -Match 'hunter2secret|aHVudGVyMnNlY3JldA'
    }

    It 'zeroes a plaintext that is disposed' {
        $bytes = (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext
        $bytes.Dispose()
        $bytes.ToArray() | Sort-Object -Unique | Should -Be 0
    }

    It 'refuses damaged bytes with a message' {
        $damaged = $sealed.CiphertextBlob.ToArray()
        $damaged[-1] = $damaged[-1] -bxor 1
        $refusal = Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $damaged }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidCiphertextException,KmsTools.Commands.InvokeKmsDecryptCommand'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidData'
        $refusal.ErrorDetails.Message | Should -BeExactly 'InvalidCiphertextException'
    }

    It 'refuses another key than the one that encrypted' {
        $refusal = Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob -KeyId (New-KmsKey).KeyId }
        Get-ErrorCode $refusal | Should -Be 'IncorrectKeyException'
        $refusal.Exception.Message | Should -BeExactly 'The key ID in the request does not identify a CMK that can perform this operation.'
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob -KeyId $key.Arn).Plaintext | Should -BeExactly 'hunter2secret'
    }

    It 'cannot be asked what it would do' {
        (Get-Command Invoke-KmsDecrypt).Parameters.Keys | Should -Not -Contain 'WhatIf'
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob -DryRun $true }) | Should -Be 'DryRunOperationException'
    }
}
