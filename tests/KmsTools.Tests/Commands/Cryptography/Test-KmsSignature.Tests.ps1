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

    It 'refuses another message' {
        { Test-KmsSignature 'release 2' -Signature $signature @call } |
            Should -Throw -ErrorId 'KMSInvalidSignatureException,KmsTools.Commands.TestKmsSignatureCommand'
    }
}
