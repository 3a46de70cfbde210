BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsDataKeyPairWithoutPlaintext' {
    It 'writes the private key encrypted only' {
        $pair = New-KmsDataKeyPairWithoutPlaintext $key.KeyId -KeyPairSpec ECC_NIST_P384
        $pair.psobject.Properties.Name | Should -Not -Contain 'PrivateKeyPlaintext'
        $opened = Invoke-KmsDecrypt -CiphertextBlob $pair.PrivateKeyCiphertextBlob -Select Plaintext
        $ecdsa = [Security.Cryptography.ECDsa]::Create()
        $read = 0
        $ecdsa.ImportPkcs8PrivateKey($opened.ToArray(), [ref] $read)
        [Convert]::ToHexString($ecdsa.ExportSubjectPublicKeyInfo()) | Should -Be ([Convert]::ToHexString($pair.PublicKey.ToArray()))
    }

    It 'takes keys from the pipeline' {
        ($key | New-KmsDataKeyPairWithoutPlaintext -KeyPairSpec ECC_NIST_P256).KeyId | Should -Be $key.Arn
    }

    It 'makes nothing with -WhatIf, and names the key with -Verbose' {
        New-KmsDataKeyPairWithoutPlaintext $key.KeyId -KeyPairSpec ECC_NIST_P256 -WhatIf | Should -BeNullOrEmpty
        New-KmsDataKeyPairWithoutPlaintext $key.KeyId -KeyPairSpec ECC_NIST_P256 -Verbose 4>&1 | Select-Object -First 1 |
            Should -BeLike "Make a data key pair with $($key.Arn)*"
    }

    It 'refuses a type that there is not' {
        { New-KmsDataKeyPairWithoutPlaintext $key.KeyId -KeyPairSpec RSA_1024 } |
            Should -Throw -ErrorId 'ValidationException,KmsTools.Commands.NewKmsDataKeyPairWithoutPlaintextCommand'
    }
}
