BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Origin EXTERNAL
    $parameters = Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
}

AfterAll {
    Disconnect-Kms
}

Describe 'Protect-KmsKeyMaterial' {
    It 'writes what Import-KmsKeyMaterial needs' {
        $wrapped = $parameters | Protect-KmsKeyMaterial -KeyMaterial ([byte[]](1..32))
        Get-PropertyName $wrapped | Should -Be 'EncryptedKeyMaterial', 'ImportToken', 'KeyId'
        $wrapped.KeyId | Should -Be $key.Arn
        $wrapped.EncryptedKeyMaterial.Length | Should -Be 256
        $wrapped.ImportToken.ToArray() | Should -Be $parameters.ImportToken.ToArray()
    }

    It 'wraps for any RSA key, which unwraps it' {
        $rsa = [Security.Cryptography.RSA]::Create(2048)
        $wrapped = Protect-KmsKeyMaterial ([byte[]](1..32)) -PublicKey $rsa.ExportSubjectPublicKeyInfo() -WrappingAlgorithm RSAES_OAEP_SHA_256
        $rsa.Decrypt($wrapped.EncryptedKeyMaterial.ToArray(), [Security.Cryptography.RSAEncryptionPadding]::OaepSHA256) | Should -Be (1..32)
        $wrapped.KeyId | Should -BeNullOrEmpty
        $wrapped.ImportToken | Should -BeNullOrEmpty
    }

    It 'takes the material as <Kind>' -ForEach @(
        @{ Kind = 'text'; Material = { 'abcdefghijklmnopqrstuvwxyz012345' } }
        @{ Kind = 'stream'; Material = { [IO.MemoryStream]::new([Text.Encoding]::ASCII.GetBytes('abcdefghijklmnopqrstuvwxyz012345')) } }
        @{ Kind = 'file'; Material = { Set-Content "$TestDrive/m.bin" 'abcdefghijklmnopqrstuvwxyz012345' -NoNewline; Get-Item "$TestDrive/m.bin" } }
    ) {
        $rsa = [Security.Cryptography.RSA]::Create(2048)
        $wrapped = Protect-KmsKeyMaterial (& $Material) -PublicKey $rsa.ExportSubjectPublicKeyInfo() -WrappingAlgorithm RSAES_OAEP_SHA_1
        $plain = $rsa.Decrypt($wrapped.EncryptedKeyMaterial.ToArray(), [Security.Cryptography.RSAEncryptionPadding]::OaepSHA1)
        [Text.Encoding]::ASCII.GetString($plain) | Should -BeExactly 'abcdefghijklmnopqrstuvwxyz012345'
    }

    It 'wraps Ed25519 private keys, with <_>' -ForEach 'RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256' {
        $pair = New-KmsKey | New-KmsDataKeyPair -KeyPairSpec ECC_NIST_EDWARDS25519
        $signer = New-KmsKey -Origin EXTERNAL -KeySpec ECC_NIST_EDWARDS25519 -KeyUsage SIGN_VERIFY
        Get-KmsParametersForImport $signer.KeyId -WrappingAlgorithm $_ -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial $pair.PrivateKeyPlaintext |
            Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
        (Get-KmsPublicKey $signer.KeyId).PublicKey.ToArray() | Should -Be $pair.PublicKey.ToArray()
    }

    It 'shows no bytes of the material' {
        $parameters | Protect-KmsKeyMaterial -KeyMaterial 'abcdefghijklmnopqrstuvwxyz012345' -Verbose 4>&1 |
            Format-List * | Out-String | Should -Not -Match 'abcdefgh|97 98 99'
    }

    It 'refuses a public key that is none' {
        $refusal = Get-ErrorOf { Protect-KmsKeyMaterial ([byte[]](1..32)) -PublicKey ([byte[]](1, 2, 3)) -WrappingAlgorithm RSAES_OAEP_SHA_256 }
        $refusal.FullyQualifiedErrorId | Should -Be 'CryptographicError,KmsTools.Commands.ProtectKmsKeyMaterialCommand'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidData'
    }

    It 'refuses an algorithm that does not exist' {
        (Get-ErrorOf { $parameters | Select-Object PublicKey | Protect-KmsKeyMaterial ([byte[]](1..32)) -WrappingAlgorithm ROT13 }).FullyQualifiedErrorId |
            Should -BeLike 'CannotConvertArgumentNoMessage,*'
    }
}
