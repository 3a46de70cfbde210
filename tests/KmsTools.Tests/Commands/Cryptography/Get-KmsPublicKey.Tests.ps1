BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -KeySpec RSA_2048 -KeyUsage ENCRYPT_DECRYPT
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsPublicKey' {
    It 'writes a key that encrypts outside what KMS decrypts' {
        $answer = Get-KmsPublicKey $key.KeyId
        $answer.KeySpec | Should -Be 'RSA_2048'
        $answer.EncryptionAlgorithms | Should -Be 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'
        $rsa = [Security.Cryptography.RSA]::Create()
        $read = 0
        $rsa.ImportSubjectPublicKeyInfo($answer.PublicKey.ToArray(), [ref] $read)
        $sealed = $rsa.Encrypt([Text.Encoding]::UTF8.GetBytes('text'), [Security.Cryptography.RSAEncryptionPadding]::OaepSHA256)
        $opened = Invoke-KmsDecrypt -KeyId $key.KeyId -CiphertextBlob $sealed -EncryptionAlgorithm RSAES_OAEP_SHA_256 -Select Plaintext
        [Text.Encoding]::UTF8.GetString($opened.ToArray()) | Should -Be 'text'
    }

    It 'takes keys from the pipeline, and writes the blob alone with -Select' {
        $key | Get-KmsPublicKey -Select PublicKey | Should -BeOfType KmsTools.KmsBlob
    }

    It 'shows no bytes' {
        Get-KmsPublicKey $key.KeyId | Out-String | Should -Match 'PublicKey\s+: 294 bytes'
    }

    It 'refuses a symmetric key' {
        { New-KmsKey | Get-KmsPublicKey } | Should -Throw -ErrorId 'UnsupportedOperationException,KmsTools.Commands.GetKmsPublicKeyCommand'
    }
}
