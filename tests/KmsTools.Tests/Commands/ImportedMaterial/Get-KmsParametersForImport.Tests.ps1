BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Origin EXTERNAL
    $wrapping = @{ WrappingAlgorithm = 'RSAES_OAEP_SHA_256'; WrappingKeySpec = 'RSA_2048' }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsParametersForImport' {
    It 'writes a public key and a token for 24 hours' {
        $parameters = Get-KmsParametersForImport $key.KeyId @wrapping
        $parameters.KeyId | Should -Be $key.Arn
        $parameters.ParametersValidTo | Should -Be (Get-KmsClock).UtcNow.AddHours(24)
        , $parameters.ImportToken | Should -BeOfType IO.MemoryStream
        $rsa = [Security.Cryptography.RSA]::Create()
        $rsa.ImportSubjectPublicKeyInfo($parameters.PublicKey.ToArray(), [ref] $null)
        $rsa.KeySize | Should -Be 2048
    }

    It 'makes wrapping keys of the size that is asked for' {
        (Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_1 -WrappingKeySpec RSA_3072).PublicKey.Length |
            Should -BeGreaterThan (Get-KmsParametersForImport $key.KeyId @wrapping).PublicKey.Length
    }

    It 'takes keys from the pipeline' {
        ($key, $key.Arn | Get-KmsParametersForImport @wrapping).KeyId | Should -Be $key.Arn, $key.Arn
    }

    It 'writes what -Select chooses' {
        , (Get-KmsParametersForImport $key.KeyId @wrapping -Select PublicKey) | Should -BeOfType IO.MemoryStream
    }

    It 'shows lengths' {
        Get-KmsParametersForImport $key.KeyId @wrapping | Out-String | Should -Match 'PublicKey\s+: 294 bytes'
    }

    It 'refuses a key whose material KMS has made' {
        $own = New-KmsKey
        $refusal = Get-ErrorOf { Get-KmsParametersForImport $own.KeyId @wrapping }
        $refusal.FullyQualifiedErrorId | Should -Be 'UnsupportedOperationException,KmsTools.Commands.GetKmsParametersForImportCommand'
        $refusal.Exception.Message | Should -BeExactly "$($own.Arn) origin is AWS_KMS which is not valid for this operation."
    }

    It 'refuses an unknown algorithm' {
        $refusal = Get-ErrorOf { Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm ROT13 -WrappingKeySpec RSA_2048 }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeLike "1 validation error detected: Value 'ROT13' at 'wrappingAlgorithm' *"
    }
}
