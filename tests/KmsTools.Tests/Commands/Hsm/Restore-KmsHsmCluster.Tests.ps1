BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'restore' -Connected
    $cluster = Get-KmsHsmCluster (Get-KmsCustomKeyStore $store).CloudHsmClusterId
    $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
    $ciphertext = Invoke-KmsEncrypt $key.KeyId -Plaintext 'old' -Select CiphertextBlob
    $backup = Backup-KmsHsmCluster $cluster.ClusterId
    $later = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store

    function Move-Store($ClusterId) {
        if ((Get-KmsCustomKeyStore $store).ConnectionState -eq 'CONNECTED') { Disconnect-KmsCustomKeyStore $store }
        Update-KmsCustomKeyStore $store -CloudHsmClusterId $ClusterId
        Connect-KmsCustomKeyStore $store
    }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Restore-KmsHsmCluster' {
    It 'changes nothing with -WhatIf, and asks where something is lost' {
        Restore-KmsHsmCluster $backup.BackupId -WhatIf
        Restore-KmsHsmCluster $backup.BackupId -Confirm -WhatIf
        @(Get-KmsHsmCluster).Count | Should -Be 1
        Disconnect-KmsCustomKeyStore $store
        Restore-KmsHsmCluster $backup.BackupId -InPlace -ClusterId $cluster.ClusterId -WhatIf
        Restore-KmsHsmCluster $backup.BackupId -InPlace -ClusterId $cluster.ClusterId -Force -WhatIf
        @(Get-LabHsmObject $lab 'restore').Count | Should -Be 2
        Connect-KmsCustomKeyStore $store
    }

    It 'refuses a malformed ID for the new cluster, also with -WhatIf: <_>' -ForEach 'cluster-1', "cluster-aaaaaaaaaaa`n", "cluster-aaaaaaaaaaa`0", ' cluster-aaaaaaaaaaa' {
        foreach ($whatIf in $true, $false) {
            $refusal = Get-ErrorOf { Restore-KmsHsmCluster $backup.BackupId -NewClusterId $_ -WhatIf:$whatIf }
            $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.RestoreKmsHsmClusterCommand'
            "$refusal" | Should -BeLike "'*' is not a valid cluster ID: use cluster- and 11 to 16 characters of 2-7, a-z and A-Z."
        }
        @(Get-KmsHsmCluster).Count | Should -Be 1
    }

    It 'makes a new cluster that a custom key store can move to' {
        $restored = Restore-KmsHsmCluster $backup.BackupId -TokenLabel restore-new
        $restored.State | Should -Be 'ACTIVE'
        $restored.TrustAnchorCertificate | Should -Be $cluster.TrustAnchorCertificate
        $restored.Hsms.TokenLabel | Should -Be 'restore-new'
        Move-Store $restored.ClusterId
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $ciphertext).Plaintext | Should -BeExactly 'old'

        # What the backup does not hold fails as documented.
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsEncrypt $later.KeyId -Plaintext 'x' }) | Should -Be 'KMSInvalidStateException'
        (Get-KmsKey $later.KeyId).KeyState | Should -Be 'Enabled'
        (Get-KmsOrphanedKeyMaterial).Kind | Should -Be 'KEY_WITHOUT_MATERIAL'
        Move-Store $cluster.ClusterId
    }

    It 'brings back the material of a deleted key, as an orphan' {
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDays 7 -Force
        Step-KmsClock -Days 8
        $found = Get-KmsHsmClusterBackup -KeyId $key.KeyId
        $found.Content | Should -Be 'CONTAINS'
        Move-Store ($found | Restore-KmsHsmCluster).ClusterId
        $orphan = Get-KmsOrphanedKeyMaterial | Where-Object Kind -EQ MATERIAL_WITHOUT_KEY
        $orphan.KeyArn | Should -Be $key.Arn
        $orphan | Remove-KmsOrphanedKeyMaterial -Force
        (Get-KmsOrphanedKeyMaterial).Kind | Should -Be 'KEY_WITHOUT_MATERIAL'
        Move-Store $cluster.ClusterId
    }

    It 'puts the content of the HSMs back in place, and loses what came later' {
        $refusal = Get-ErrorOf { Restore-KmsHsmCluster $backup.BackupId -InPlace -ClusterId $cluster.ClusterId -Force }
        Get-ErrorCode $refusal | Should -Be 'CustomKeyStoreInvalidStateException'
        "$refusal" | Should -BeExactly "Custom key store $store is in connection state CONNECTED, which is not valid for RestoreHsmCluster."
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Disconnect-KmsCustomKeyStore $store first."
        Disconnect-KmsCustomKeyStore $store
        $restored = Restore-KmsHsmCluster $backup.BackupId -InPlace -ClusterId $cluster.ClusterId -Force -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Message | Should -BeExactly ("$($backup.BackupId) does not hold the material of 1 key ($($later.Arn)), which cannot be used any more. " +
            "Once a custom key store of $($cluster.ClusterId) is connected, Get-KmsOrphanedKeyMaterial $($cluster.ClusterId) shows what no HSM holds.")
        $restored.ClusterId | Should -Be $cluster.ClusterId
        $restored.Hsms.SerialNumber | Should -Be $cluster.Hsms.SerialNumber
        Connect-KmsCustomKeyStore $store -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Message | Should -BeExactly @(
            "No HSM of $($cluster.ClusterId) holds the material of 1 key, which cannot be used: $($later.Arn)."
            "Get-KmsOrphanedKeyMaterial $($cluster.ClusterId) shows them, and Get-KmsHsmClusterBackup -KeyId ... the backups that hold the material of a key.")
        (Get-KmsOrphanedKeyMaterial | Sort-Object Kind).KeyArn | Should -Be $key.Arn, $later.Arn
        $entry = Get-KmsEvent -EventName RestoreHsmCluster | Select-Object -Last 1
        $entry.RequestParameters.clusterId | Should -Be $cluster.ClusterId
        $entry.RequestParameters.backupId | Should -Be $backup.BackupId
    }

    It 'asks before it replaces anything' {
        $type = (Get-Command Restore-KmsHsmCluster).ImplementingType
        $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'High'
    }

    It 'tells what to do with a backup of the vendor''s tool' {
        $vendors = Backup-KmsHsmCluster $cluster.ClusterId -VendorReference 'tape 9'
        $refusal = Get-ErrorOf { Restore-KmsHsmCluster $vendors.BackupId }
        Get-ErrorCode $refusal | Should -Be 'HsmNotPermitted'
        "$refusal" | Should -BeExactly "Backup $($vendors.BackupId) ('tape 9') was made with the tool of the HSM's vendor, which alone can restore it."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*Register-KmsHsmCluster*-TrustAnchorCertificate*'
    }

    It 'says so when there is no such backup' {
        Get-ErrorCode (Get-ErrorOf { Restore-KmsHsmCluster backup-22222222222 }) | Should -Be 'CloudHsmResourceNotFoundException'
    }
}
