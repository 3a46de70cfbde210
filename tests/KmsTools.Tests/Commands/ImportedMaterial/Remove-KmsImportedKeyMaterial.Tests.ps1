BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock

    function Import-Material {
        $null = Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial ([byte[]](1..32)) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
    }

    $key = New-KmsKey -Origin EXTERNAL
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsImportedKeyMaterial' {
    BeforeEach {
        Import-Material
    }

    It 'removes the material, and writes what it was' {
        $id = (Get-KmsKey $key.KeyId).CurrentKeyMaterialId
        $answer = Remove-KmsImportedKeyMaterial $key.KeyId -Force
        $answer.KeyId | Should -Be $key.Arn
        $answer.KeyMaterialId | Should -Be $id
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingImport'
    }

    It 'leaves nothing to decrypt with until the same bytes are back' {
        $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'kept'
        $null = $key | Remove-KmsImportedKeyMaterial -Confirm:$false
        $refusal = Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob }
        Get-ErrorCode $refusal | Should -Be 'KMSInvalidStateException'
        $refusal.Exception.Message | Should -BeExactly "$($key.Arn) is pending import."
        Import-Material
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext | Should -BeExactly 'kept'
    }

    It 'asks before' {
        Get-Question "Remove-KmsImportedKeyMaterial $($key.KeyId)" | Should -BeLike '*prompt*'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'removes nothing with -WhatIf' {
        Remove-KmsImportedKeyMaterial $key.KeyId -WhatIf -Force | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'says what is lost with material in use, and with material that waits for the rotation' {
        Get-WhatIf { Remove-KmsImportedKeyMaterial $key.KeyId -WhatIf } | Should -BeExactly (
            "What if: Delete the current key material of $($key.Arn): nothing it encrypted can be read, and the key cannot be used, until the " +
            'same bytes are imported again')
        $pending = (Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial ([byte[]](2..33)) |
            Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -ImportType NEW_KEY_MATERIAL).KeyMaterialId
        Get-WhatIf { Remove-KmsImportedKeyMaterial $key.KeyId -KeyMaterialId $pending -WhatIf } | Should -BeExactly (
            "What if: Delete key material $pending of $($key.Arn): it has encrypted nothing yet, and the key stays usable")
        $null = Remove-KmsImportedKeyMaterial $key.KeyId -KeyMaterialId $pending -Force
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'refuses $null, which a look-up that finds nothing gives' {
        $key = New-KmsKey -Origin EXTERNAL
        $nothing = Get-KmsKeyRotation $key.KeyId -IncludeKeyMaterial ALL_KEY_MATERIAL | Where-Object KeyMaterialState -EQ PENDING_ROTATION
        (Get-ErrorOf { Remove-KmsImportedKeyMaterial $key.KeyId -KeyMaterialId $nothing.KeyMaterialId -Force }).Exception.Message |
            Should -BeExactly '-KeyMaterialId is $null. Leave it out to delete the current key material.'
        Get-ErrorOf { [pscustomobject]@{ KeyId = $key.KeyId; KeyMaterialId = $null } | Remove-KmsImportedKeyMaterial -Force } |
            Should -Not -BeNullOrEmpty
    }

    It 'refuses a key whose material KMS has made' {
        $own = New-KmsKey
        $refusal = Get-ErrorOf { Remove-KmsImportedKeyMaterial $own.KeyId -Force }
        $refusal.FullyQualifiedErrorId | Should -Be 'UnsupportedOperationException,KmsTools.Commands.RemoveKmsImportedKeyMaterialCommand'
        $refusal.CategoryInfo.Category | Should -Be 'NotImplemented'
        (Get-KmsKey $own.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'refuses material that the key does not have' {
        $refusal = Get-ErrorOf { Remove-KmsImportedKeyMaterial $key.KeyId -KeyMaterialId ('0' * 64) -Force }
        Get-ErrorCode $refusal | Should -Be 'NotFoundException'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }
}
