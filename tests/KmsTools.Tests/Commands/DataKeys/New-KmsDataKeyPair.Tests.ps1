BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsDataKeyPair' {
    It 'writes a pair whose halves belong together' {
        $pair = New-KmsDataKeyPair $key.KeyId -KeyPairSpec ECC_NIST_P256 -EncryptionContext @{ order = '1' }
        $pair.KeyId | Should -Be $key.Arn
        $pair.KeyPairSpec | Should -Be 'ECC_NIST_P256'
        $ecdsa = [Security.Cryptography.ECDsa]::Create()
        $read = 0
        $ecdsa.ImportPkcs8PrivateKey($pair.PrivateKeyPlaintext.ToArray(), [ref] $read)
        [Convert]::ToHexString($ecdsa.ExportSubjectPublicKeyInfo()) | Should -Be ([Convert]::ToHexString($pair.PublicKey.ToArray()))
        $opened = Invoke-KmsDecrypt -CiphertextBlob $pair.PrivateKeyCiphertextBlob -EncryptionContext @{ order = '1' } -Select Plaintext
        [Convert]::ToHexString($opened.ToArray()) | Should -Be ([Convert]::ToHexString($pair.PrivateKeyPlaintext.ToArray()))
    }

    It 'takes keys from the pipeline' {
        ($key | New-KmsDataKeyPair -KeyPairSpec RSA_2048).KeyPairSpec | Should -Be 'RSA_2048'
    }

    It 'makes nothing with -WhatIf, and shows no bytes' {
        New-KmsDataKeyPair $key.KeyId -KeyPairSpec ECC_NIST_P256 -WhatIf | Should -BeNullOrEmpty
        New-KmsDataKeyPair $key.KeyId -KeyPairSpec ECC_NIST_P256 | Out-String | Should -Match 'PrivateKeyPlaintext\s+: 138 bytes'
    }

    It 'refuses a disabled key' {
        $disabled = New-KmsKey
        Disable-KmsKey $disabled.KeyId
        { New-KmsDataKeyPair $disabled.KeyId -KeyPairSpec ECC_NIST_P256 } | Should -Throw -ErrorId 'DisabledException,KmsTools.Commands.NewKmsDataKeyPairCommand'
    }
}
