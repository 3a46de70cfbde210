BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -KeySpec RSA_2048 -KeyUsage SIGN_VERIFY
    $call = @{ KeyId = $key.KeyId; SigningAlgorithm = 'RSASSA_PSS_SHA_256' }
    $signature = Invoke-KmsSigning 'release 1' @call
}

AfterAll {
    Disconnect-Kms
}

Describe 'Test-KmsSignature' {
    It 'writes True for a valid signature' {
        Test-KmsSignature 'release 1' -Signature $signature @call | Should -BeTrue
        (Test-KmsSignature 'release 1' -Signature $signature @call -Select *).KeyId | Should -Be $key.Arn
    }

    It 'takes messages from the pipeline, and signatures from files' {
        $file = Join-Path $TestDrive 'release.sig'
        [IO.File]::WriteAllBytes($file, $signature.ToArray())
        'release 1', 'release 1' | Test-KmsSignature -Signature (Get-Item $file) @call | Should -Be $true, $true
    }

    It 'refuses what is no signature of an Ed25519 key' {
        $own = @{ KeyId = (New-KmsKey -KeySpec ECC_NIST_EDWARDS25519 -KeyUsage SIGN_VERIFY).KeyId; SigningAlgorithm = 'ED25519_SHA_512' }
        $bytes = (Invoke-KmsSigning 'release 1' @own).ToArray()
        Test-KmsSignature 'release 1' -Signature $bytes @own | Should -BeTrue
        foreach ($wrong in $bytes[0..62], ($bytes + 0), (New-KmsRandom 64).ToArray()) {
            { Test-KmsSignature 'release 1' -Signature $wrong @own } |
                Should -Throw -ErrorId 'KMSInvalidSignatureException,KmsTools.Commands.TestKmsSignatureCommand'
        }
    }

    It 'refuses another message' {
        { Test-KmsSignature 'release 2' -Signature $signature @call } |
            Should -Throw -ErrorId 'KMSInvalidSignatureException,KmsTools.Commands.TestKmsSignatureCommand'
    }
}
