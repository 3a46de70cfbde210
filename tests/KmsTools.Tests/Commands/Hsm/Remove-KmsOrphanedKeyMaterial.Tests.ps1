BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'removal' -Connected
    $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
    $living = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
    $livingId = ((Get-KmsEvent -KeyId $living.KeyId -EventName CreateKey).AdditionalEventData.backingKey | ConvertFrom-Json).backingKeyId

    function New-Orphan {
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDays 7 -Force
        Disconnect-KmsCustomKeyStore $store
        $null = Step-KmsClock -Days 8
        Connect-KmsCustomKeyStore $store
        $key.Arn
    }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Remove-KmsOrphanedKeyMaterial' {
    It 'removes nothing with -WhatIf, and asks' {
        $arn = New-Orphan
        Get-KmsOrphanedKeyMaterial | Remove-KmsOrphanedKeyMaterial -WhatIf
        Get-KmsOrphanedKeyMaterial | Remove-KmsOrphanedKeyMaterial -Force -WhatIf
        (Get-KmsOrphanedKeyMaterial).KeyArn | Should -Be $arn
        (Get-Command Remove-KmsOrphanedKeyMaterial).ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'High'
    }

    It 'destroys what Get-KmsOrphanedKeyMaterial found, and nothing else' {
        @(Get-LabHsmObject $lab 'removal').Count | Should -Be 2
        Get-KmsOrphanedKeyMaterial | Remove-KmsOrphanedKeyMaterial -Confirm:$false | Should -BeNullOrEmpty
        @(Get-LabHsmObject $lab 'removal').Count | Should -Be 1
        Get-KmsOrphanedKeyMaterial | Should -BeNullOrEmpty
        $entry = Get-KmsEvent -EventName RemoveOrphanedKeyMaterial
        $entry.RequestParameters.clusterId | Should -Be $cluster
        $entry.UserIdentity.userName | Should -Not -BeNullOrEmpty
        Read-Text (Invoke-KmsEncrypt $living.KeyId -Plaintext 'abc' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
    }

    It 'takes cluster and ID' {
        $null = New-Orphan
        $orphan = Get-KmsOrphanedKeyMaterial
        Remove-KmsOrphanedKeyMaterial -ClusterId $orphan.ClusterId -BackingKeyId $orphan.BackingKeyId -Force
        Get-KmsOrphanedKeyMaterial | Should -BeNullOrEmpty
    }

    It 'works with the password where no key store is connected' {
        $null = New-Orphan
        Disconnect-KmsCustomKeyStore $store
        $password = @{ KeyStorePassword = ConvertTo-LabPin 'kmsPswd1' }
        $orphan = Get-KmsOrphanedKeyMaterial $cluster @password
        Get-ErrorCode (Get-ErrorOf { $orphan | Remove-KmsOrphanedKeyMaterial -Force }) | Should -Be 'CustomKeyStoreInvalidStateException'
        $orphan | Remove-KmsOrphanedKeyMaterial @password -Force
        Get-KmsOrphanedKeyMaterial $cluster @password | Should -BeNullOrEmpty
        Connect-KmsCustomKeyStore $store
    }

    It 'refuses the material of a living key' {
        $refusal = Get-ErrorOf { Remove-KmsOrphanedKeyMaterial -ClusterId $cluster -BackingKeyId $livingId -Force }
        $refusal.FullyQualifiedErrorId | Should -Be 'ConflictException,KmsTools.Commands.RemoveKmsOrphanedKeyMaterialCommand'
        $refusal.Exception.Message | Should -BeExactly "$($living.Arn) (Enabled) uses key material $livingId, which is therefore not removed."
        @(Get-LabHsmObject $lab 'removal').Count | Should -Be 1
    }

    It 'refuses what is not there' {
        Get-ErrorCode (Get-ErrorOf { Remove-KmsOrphanedKeyMaterial -ClusterId $cluster -BackingKeyId ('0' * 64) -Force }) | Should -Be 'NotFoundException'
        Get-ErrorCode (Get-ErrorOf { Remove-KmsOrphanedKeyMaterial -ClusterId $cluster -BackingKeyId 'xy' -Force }) | Should -Be 'InvalidArgument'
        Get-ErrorCode (Get-ErrorOf { Remove-KmsOrphanedKeyMaterial -ClusterId cluster-abcdefghijk -BackingKeyId ('0' * 64) -Force }) | Should -Be 'CloudHsmClusterNotFoundException'
    }
}
