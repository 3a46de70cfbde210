BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $ours = New-KmsKey -KeySpec ECC_NIST_P256 -KeyUsage KEY_AGREEMENT
    $theirs = [Security.Cryptography.ECDiffieHellman]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsSharedSecret' {
    It 'derives what the other party derives' {
        $answer = Get-KmsSharedSecret $ours.KeyId -KeyAgreementAlgorithm ECDH -PublicKey $theirs.ExportSubjectPublicKeyInfo()
        $answer.KeyOrigin | Should -Be 'AWS_KMS'
        $public = [Security.Cryptography.ECDiffieHellman]::Create()
        $read = 0
        $public.ImportSubjectPublicKeyInfo((Get-KmsPublicKey $ours.KeyId).PublicKey.ToArray(), [ref] $read)
        $expected = $theirs.DeriveRawSecretAgreement($public.PublicKey)
        [Convert]::ToHexString($answer.SharedSecret.ToArray()) | Should -Be ([Convert]::ToHexString($expected))
    }

    It 'takes keys from the pipeline' {
        ($ours | Get-KmsSharedSecret -KeyAgreementAlgorithm ECDH -PublicKey $theirs.ExportSubjectPublicKeyInfo()).KeyId | Should -Be $ours.Arn
    }

    It 'shows no bytes' {
        $ours | Get-KmsSharedSecret -KeyAgreementAlgorithm ECDH -PublicKey $theirs.ExportSubjectPublicKeyInfo() | Out-String |
            Should -Match 'SharedSecret\s+: 32 bytes'
    }

    It 'refuses a key on another curve' {
        $other = [Security.Cryptography.ECDiffieHellman]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP384)
        { Get-KmsSharedSecret $ours.KeyId -KeyAgreementAlgorithm ECDH -PublicKey $other.ExportSubjectPublicKeyInfo() } |
            Should -Throw -ErrorId 'ValidationException,KmsTools.Commands.GetKmsSharedSecretCommand'
    }
}
