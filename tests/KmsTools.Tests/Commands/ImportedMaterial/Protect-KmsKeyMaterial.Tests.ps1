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

    It 'refuses a public key that is none, and says what to give' {
        $refusal = Get-ErrorOf { Protect-KmsKeyMaterial ([byte[]](1..32)) -PublicKey ([byte[]](1, 2, 3)) -WrappingAlgorithm RSAES_OAEP_SHA_256 }
        $refusal.FullyQualifiedErrorId | Should -Be 'CryptographicError,KmsTools.Commands.ProtectKmsKeyMaterialCommand'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidData'
        "$refusal" | Should -BeExactly 'The public key is not an RSA public key in DER (SubjectPublicKeyInfo).'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Give the PublicKey that Get-KmsParametersForImport returned, as it is.'
        $text = [Convert]::ToBase64String($parameters.PublicKey.ToArray())
        (Get-ErrorOf { Protect-KmsKeyMaterial ([byte[]](1..32)) -PublicKey $text -WrappingAlgorithm RSAES_OAEP_SHA_256 }).ErrorDetails.RecommendedAction |
            Should -BeExactly '-PublicKey is text in Base64: decode it with [Convert]::FromBase64String(...) first.'
    }

    It 'wraps as much as the algorithm takes, and refuses a byte more: <Algorithm>' -ForEach @(
        @{ Algorithm = 'RSAES_OAEP_SHA_256'; Max = 190 }
        @{ Algorithm = 'RSAES_OAEP_SHA_1'; Max = 214 }
    ) {
        ($parameters | Protect-KmsKeyMaterial ([byte[]]::new($Max)) -WrappingAlgorithm $Algorithm).EncryptedKeyMaterial.Length | Should -Be 256
        $refusal = Get-ErrorOf { $parameters | Protect-KmsKeyMaterial ([byte[]]::new($Max + 1)) -WrappingAlgorithm $Algorithm }
        $refusal.FullyQualifiedErrorId | Should -Be 'KeyMaterialTooLong,KmsTools.Commands.ProtectKmsKeyMaterialCommand'
        "$refusal" | Should -BeExactly "The key material has $($Max + 1) bytes: $Algorithm wraps at most $Max with this public key."
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly (
            'A symmetric key has 32 bytes. RSA private keys need Get-KmsParametersForImport -WrappingAlgorithm RSA_AES_KEY_WRAP_SHA_256.')
        $refusal.TargetObject | Should -BeExactly $key.Arn
    }

    It 'wraps longer material with RSA_AES_KEY_WRAP_SHA_256' {
        ($parameters | Protect-KmsKeyMaterial ([byte[]]::new(215)) -WrappingAlgorithm RSA_AES_KEY_WRAP_SHA_256).EncryptedKeyMaterial.Length | Should -Be 480
    }

    It 'says that text is too long because it is <Form>' -ForEach @(
        @{ Form = 'Base64'; Text = 'QUJD' * 60; Advice = 'It is text in Base64: decode it with [Convert]::FromBase64String(...) first. *' }
        @{ Form = 'PEM'; Text = "-----BEGIN PRIVATE KEY-----`n$('QUJD' * 60)"; Advice = 'It is text in PEM, and DER is needed: openssl pkcs8 -topk8 -nocrypt *' }
    ) {
        (Get-ErrorOf { $parameters | Protect-KmsKeyMaterial $Text }).ErrorDetails.RecommendedAction | Should -BeLike $Advice.Replace('[', '`[')
    }

    It 'is refused by Import-KmsKeyMaterial with the length, where text was wrapped instead of bytes' {
        $refusal = Get-ErrorOf {
            $parameters | Protect-KmsKeyMaterial ([Convert]::ToBase64String([byte[]](1..32))) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
        }
        $refusal.Exception.Message | Should -BeExactly 'The key material has 44 bytes; the key needs 32.'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly (
            'Give Protect-KmsKeyMaterial the bytes themselves: 32 of a symmetric key, or a private key in PKCS #8 form (DER). ' +
            '[Convert]::FromBase64String(...) and [Convert]::FromHexString(...) decode text.')
    }

    It 'refuses an algorithm that does not exist' {
        (Get-ErrorOf { $parameters | Select-Object PublicKey | Protect-KmsKeyMaterial ([byte[]](1..32)) -WrappingAlgorithm ROT13 }).FullyQualifiedErrorId |
            Should -BeLike 'CannotConvertArgumentNoMessage,*'
    }
}
