BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $material = [byte[]](1..32)

    function Get-Wrapped($Key, [byte[]] $Bytes = $material) {
        Get-KmsParametersForImport $Key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 | Protect-KmsKeyMaterial -KeyMaterial $Bytes
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Import-KmsKeyMaterial' {
    BeforeEach {
        $key = New-KmsKey -Origin EXTERNAL
        $forever = @{ ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
    }

    It 'enables the key and writes the material ID' {
        $answer = Get-Wrapped $key | Import-KmsKeyMaterial @forever
        Get-PropertyName $answer | Should -Be 'KeyId', 'KeyMaterialId'
        $answer.KeyId | Should -Be $key.Arn
        $described = Get-KmsKey $key.KeyId
        $described.KeyState | Should -Be 'Enabled'
        $described.CurrentKeyMaterialId | Should -Be $answer.KeyMaterialId
        $described.ExpirationModel | Should -Be 'KEY_MATERIAL_DOES_NOT_EXPIRE'
    }

    It 'takes token and material from files' {
        $wrapped = Get-Wrapped $key
        [IO.File]::WriteAllBytes("$TestDrive/token.bin", $wrapped.ImportToken.ToArray())
        [IO.File]::WriteAllBytes("$TestDrive/material.bin", $wrapped.EncryptedKeyMaterial.ToArray())
        Import-KmsKeyMaterial $key.KeyId -ImportToken (Get-Item "$TestDrive/token.bin") -EncryptedKeyMaterial (Get-Item "$TestDrive/material.bin") @forever -Select KeyId |
            Should -Be $key.Arn
    }

    It 'lets the material expire' {
        $null = Get-Wrapped $key | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(10)
        (Get-KmsKey $key.KeyId).ValidTo | Should -Be (Get-KmsClock).UtcNow.AddDays(10)
        $null = Step-KmsClock -Days 10
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingImport'
    }

    It 'imports nothing with -WhatIf' {
        Get-Wrapped $key | Import-KmsKeyMaterial @forever -WhatIf | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingImport'
    }

    It 'refuses with -WhatIf what it refuses without: <Code>' -ForEach @(
        @{ Code = 'ValidationException'; Import = { Get-Wrapped $key | Import-KmsKeyMaterial @args } }
        @{ Code = 'IncorrectKeyMaterialException'; Import = { Get-Wrapped $key ([byte[]] (1..31)) | Import-KmsKeyMaterial @forever @args } }
        @{ Code = 'InvalidImportTokenException'; Import = { Get-Wrapped (New-KmsKey -Origin EXTERNAL) | Import-KmsKeyMaterial -KeyId $key.KeyId @forever @args } }
        @{ Code = 'InvalidCiphertextException'; Import = {
                Import-KmsKeyMaterial $key.KeyId -ImportToken (Get-Wrapped $key).ImportToken -EncryptedKeyMaterial ([byte[]] (1..255 + 1)) @forever @args } }
        @{ Code = 'ExpiredImportTokenException'; Import = { $wrapped = Get-Wrapped $key; $null = Step-KmsClock 1.00:00:01; $wrapped | Import-KmsKeyMaterial @forever @args } }
        @{ Code = 'KMSInvalidStateException'; Import = {
                $wrapped = Get-Wrapped $key
                try { $null = Register-KmsKeyDeletion $key.KeyId } catch { $null = $_ }
                $wrapped | Import-KmsKeyMaterial @forever @args } }
    ) {
        $preview = Get-ErrorOf { & $Import -WhatIf }
        $refusal = Get-ErrorOf { & $Import }
        Get-ErrorCode $preview | Should -Be $Code
        $preview.Exception.Message | Should -BeExactly $refusal.Exception.Message
    }

    It 'needs a date for material that expires' {
        $refusal = Get-ErrorOf { Get-Wrapped $key | Import-KmsKeyMaterial }
        $refusal.FullyQualifiedErrorId | Should -Be 'ValidationException,KmsTools.Commands.ImportKmsKeyMaterialCommand'
        $refusal.Exception.Message | Should -BeExactly 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'
    }

    It 'takes only the same bytes again' {
        $first = Get-Wrapped $key | Import-KmsKeyMaterial @forever
        $null = Remove-KmsImportedKeyMaterial $key.KeyId -Force
        $refusal = Get-ErrorOf { Get-Wrapped $key ([byte[]](2..33)) | Import-KmsKeyMaterial @forever }
        Get-ErrorCode $refusal | Should -Be 'IncorrectKeyMaterialException'
        $refusal.TargetObject | Should -Be $key.Arn
        (Get-Wrapped $key | Import-KmsKeyMaterial @forever).KeyMaterialId | Should -Be $first.KeyMaterialId
    }

    It 'refuses the token of another key' {
        $wrapped = Get-Wrapped (New-KmsKey -Origin EXTERNAL)
        $refusal = Get-ErrorOf {
            Import-KmsKeyMaterial $key.KeyId -ImportToken $wrapped.ImportToken -EncryptedKeyMaterial $wrapped.EncryptedKeyMaterial @forever
        }
        Get-ErrorCode $refusal | Should -Be 'InvalidImportTokenException'
        $refusal.Exception.Message | Should -BeExactly 'The import token is invalid or is associated with a different KMS key.'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidData'
    }

    It 'refuses a token after 24 hours' {
        $wrapped = Get-Wrapped $key
        $null = Step-KmsClock 1.00:00:01
        Get-ErrorCode (Get-ErrorOf { $wrapped | Import-KmsKeyMaterial @forever }) | Should -Be 'ExpiredImportTokenException'
    }

    It 'records neither the material nor the token' {
        $wrapped = Get-Wrapped $key
        $null = $wrapped | Import-KmsKeyMaterial @forever
        $recorded = (Get-KmsEvent $key.KeyId -EventName ImportKeyMaterial).CloudTrailEvent
        $recorded | Should -Match $key.KeyId
        $recorded.Contains([Convert]::ToBase64String($wrapped.EncryptedKeyMaterial.ToArray())) | Should -BeFalse
        $recorded.Contains([Convert]::ToBase64String($material)) | Should -BeFalse
    }
}
