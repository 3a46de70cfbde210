BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -KeySpec ECC_NIST_P256 -KeyUsage SIGN_VERIFY
    New-KmsAlias $key.KeyId -AliasName alias/release
    $call = @{ KeyId = 'alias/release'; SigningAlgorithm = 'ECDSA_SHA_256' }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Invoke-KmsSigning' {
    It 'signs the message at position 0, and writes the signature' {
        $signature = Invoke-KmsSigning 'release 1' @call
        $signature | Should -BeOfType KmsTools.KmsBlob
        Test-KmsSignature 'release 1' -Signature $signature @call | Should -BeTrue
    }

    It 'makes signatures that others can verify, also of a digest' {
        $digest = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes('release 1'))
        $signature = Invoke-KmsSigning $digest -MessageType DIGEST @call
        $ecdsa = [Security.Cryptography.ECDsa]::Create()
        $read = 0
        $ecdsa.ImportSubjectPublicKeyInfo((Get-KmsPublicKey alias/release).PublicKey.ToArray(), [ref] $read)
        $ecdsa.VerifyHash($digest, $signature.ToArray(), 'Rfc3279DerSequence') | Should -BeTrue
    }

    It 'takes messages from the pipeline: text, files and wrapped bytes' {
        $file = Join-Path $TestDrive 'release.txt'
        Set-Content $file 'release 1' -NoNewline
        $signatures = 'release 1', (Get-Item $file), ([Text.Encoding]::UTF8.GetBytes('release 1')) | Invoke-KmsSigning @call
        $signatures.Count | Should -Be 3
        foreach ($signature in $signatures) { Test-KmsSignature 'release 1' -Signature $signature @call | Should -BeTrue }
    }

    It 'writes the response with -Select *' {
        $response = Invoke-KmsSigning 'release 1' @call -Select *
        $response.KeyId | Should -Be $key.Arn
        $response.SigningAlgorithm | Should -Be 'ECDSA_SHA_256'
    }

    It 'signs nothing with -WhatIf, and names the key with -Verbose' {
        Invoke-KmsSigning 'release 1' @call -WhatIf | Should -BeNullOrEmpty
        Invoke-KmsSigning 'release 1' @call -Verbose 4>&1 | Select-Object -First 1 | Should -BeLike "Sign a message with $($key.Arn) (alias/release)*"
    }

    It 'completes the algorithms of the key' {
        (TabExpansion2 'Invoke-KmsSigning x -KeyId alias/release -SigningAlgorithm ').CompletionMatches.CompletionText | Should -Be 'ECDSA_SHA_256'
    }

    It 'signs with Ed25519 keys, messages or digests' {
        $own = @{ KeyId = (New-KmsKey -KeySpec ECC_NIST_EDWARDS25519 -KeyUsage SIGN_VERIFY).KeyId }
        (TabExpansion2 "Invoke-KmsSigning x -KeyId $($own.KeyId) -SigningAlgorithm ").CompletionMatches.CompletionText |
            Should -Be 'ED25519_SHA_512', 'ED25519_PH_SHA_512'
        $signature = Invoke-KmsSigning 'release 1' @own -SigningAlgorithm ED25519_SHA_512
        $signature.Length | Should -Be 64
        Test-KmsSignature 'release 1' -Signature $signature @own -SigningAlgorithm ED25519_SHA_512 | Should -BeTrue
        $digest = [Security.Cryptography.SHA512]::HashData([Text.Encoding]::UTF8.GetBytes('release 1'))
        $signature = Invoke-KmsSigning $digest -MessageType DIGEST @own -SigningAlgorithm ED25519_PH_SHA_512
        Test-KmsSignature $digest -MessageType DIGEST -Signature $signature @own -SigningAlgorithm ED25519_PH_SHA_512 | Should -BeTrue
        { Invoke-KmsSigning 'release 1' -MessageType DIGEST @own -SigningAlgorithm ED25519_SHA_512 } |
            Should -Throw 'Message type DIGEST is incompatible with algorithm ED25519_SHA_512.'
    }

    It 'signs with <KeySpec> keys on every platform' -ForEach @(
        @{ KeySpec = 'ML_DSA_44'; Length = 2420 }, @{ KeySpec = 'ML_DSA_65'; Length = 3309 }, @{ KeySpec = 'ML_DSA_87'; Length = 4627 }
    ) {
        $own = @{ KeyId = (New-KmsKey -KeySpec $KeySpec -KeyUsage SIGN_VERIFY).KeyId; SigningAlgorithm = 'ML_DSA_SHAKE_256' }
        $signature = Invoke-KmsSigning 'release 1' @own
        $signature.Length | Should -Be $Length
        Test-KmsSignature 'release 1' -Signature $signature @own | Should -BeTrue
    }

    It 'refuses an algorithm that the key does not have' {
        { Invoke-KmsSigning 'release 1' -KeyId alias/release -SigningAlgorithm RSASSA_PSS_SHA_256 } |
            Should -Throw -ErrorId 'InvalidKeyUsageException,KmsTools.Commands.InvokeKmsSigningCommand'
    }
}
