BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsDataKeyWithoutPlaintext' {
    It 'writes the encrypted data key only' {
        $answer = New-KmsDataKeyWithoutPlaintext $key.KeyId -KeySpec AES_128
        Get-PropertyName $answer | Should -Be 'CiphertextBlob', 'KeyId', 'KeyMaterialId'
        $answer.KeyId | Should -Be $key.Arn
        (Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob).Plaintext.Length | Should -Be 16
    }

    It 'takes keys from the pipeline' {
        $answers = $key, $key.Arn | New-KmsDataKeyWithoutPlaintext -NumberOfBytes 64
        $answers | Invoke-KmsDecrypt | ForEach-Object { $_.Plaintext.Length } | Should -Be 64, 64
    }

    It 'binds the encryption context' {
        $answer = $key | New-KmsDataKeyWithoutPlaintext -KeySpec AES_256 -EncryptionContext @{ volume = 'data-1' }
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob }) | Should -Be 'InvalidCiphertextException'
        (Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob -EncryptionContext @{ volume = 'data-1' }).Plaintext.Length | Should -Be 32
    }

    It 'writes what -Select chooses' {
        , (New-KmsDataKeyWithoutPlaintext $key.KeyId -KeySpec AES_256 -Select CiphertextBlob) | Should -BeOfType IO.MemoryStream
    }

    It 'makes none with -WhatIf' {
        New-KmsDataKeyWithoutPlaintext $key.KeyId -KeySpec AES_256 -WhatIf | Should -BeNullOrEmpty
    }

    It 'refuses a disabled key' {
        $disabled = New-KmsKey
        Disable-KmsKey $disabled.KeyId
        $refusal = Get-ErrorOf { New-KmsDataKeyWithoutPlaintext $disabled.KeyId -KeySpec AES_256 }
        $refusal.FullyQualifiedErrorId | Should -Be 'DisabledException,KmsTools.Commands.NewKmsDataKeyWithoutPlaintextCommand'
        $refusal.Exception.Message | Should -BeExactly "$($disabled.Arn) is disabled."
    }

    It 'refuses a key spec that no data key has' {
        $refusal = Get-ErrorOf { New-KmsDataKeyWithoutPlaintext $key.KeyId -KeySpec SYMMETRIC_DEFAULT }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeLike "1 validation error detected: Value 'SYMMETRIC_DEFAULT' at 'keySpec' *enum value set: ``[RSA_2048, *, SYMMETRIC_DEFAULT, *, ML_DSA_87``]"
    }
}
