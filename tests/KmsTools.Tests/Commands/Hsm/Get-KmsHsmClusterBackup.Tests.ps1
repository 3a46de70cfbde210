BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'get-backup' -Connected
    $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
    $empty = Backup-KmsHsmCluster $cluster
    $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
    New-KmsAlias -AliasName alias/old -TargetKeyId $key.KeyId
    Step-KmsClock -Days 1
    $copy = Backup-KmsHsmCluster $cluster
    $vendor = Backup-KmsHsmCluster $cluster -VendorReference 'tape 1'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Get-KmsHsmClusterBackup' {
    It 'shows all backups, oldest first, those of a cluster, and one' {
        (Get-KmsHsmClusterBackup).BackupId | Should -Be @($empty.BackupId; @($copy.BackupId, $vendor.BackupId) | Sort-Object)
        (Get-KmsHsmCluster | Get-KmsHsmClusterBackup).Count | Should -Be 3
        (Get-KmsHsmClusterBackup $vendor.BackupId).Reference | Should -Be 'tape 1'
        Get-ErrorCode (Get-ErrorOf { Get-KmsHsmClusterBackup -ClusterId cluster-22222222222 }) | Should -Be 'CloudHsmClusterNotFoundException'
        $refusal = Get-ErrorOf { Get-KmsHsmClusterBackup backup-22222222222 }
        Get-ErrorCode $refusal | Should -Be 'CloudHsmResourceNotFoundException'
        "$refusal" | Should -Be 'Backup backup-22222222222 does not exist.'
    }

    It 'tells which backups hold the material of a key' {
        $found = Get-KmsHsmClusterBackup -KeyId alias/old | Sort-Object Kind
        $found.BackupId | Should -Be $copy.BackupId, $vendor.BackupId
        $found.Content | Should -Be 'CONTAINS', 'MAY_CONTAIN'
        $found.KeyArn | Sort-Object -Unique | Should -Be $key.Arn
        (Get-KmsKey $key.KeyId | Get-KmsHsmClusterBackup).Count | Should -Be 2
        (Get-KmsHsmClusterBackup $copy.BackupId -KeyId $key.Arn).Content | Should -Be 'CONTAINS'
        Get-KmsHsmClusterBackup $empty.BackupId -KeyId $key.Arn | Should -BeNullOrEmpty
    }

    It 'tells it of a key that is deleted' {
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDays 7 -Force
        Step-KmsClock -Days 8
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey $key.KeyId }) | Should -Be 'NotFoundException'
        $later = Backup-KmsHsmCluster $cluster -VendorReference 'tape 2'
        foreach ($name in $key.KeyId, $key.Arn, 'alias/old') {
            $found = Get-KmsHsmClusterBackup -KeyId $name
            $found.BackupId | Sort-Object | Should -Be ($copy.BackupId, $vendor.BackupId | Sort-Object)
            $found.BackupId | Should -Not -Contain $later.BackupId
        }
    }

    It 'refuses a key that never was, and one outside HSMs' {
        Get-ErrorCode (Get-ErrorOf { Get-KmsHsmClusterBackup -KeyId alias/nobody }) | Should -Be 'NotFoundException'
        Get-ErrorCode (Get-ErrorOf { Get-KmsHsmClusterBackup -KeyId (New-KmsKey).KeyId }) | Should -Be 'UnsupportedOperationException'
    }

    It 'shows a table' {
        $table = $copy | Out-String -Width 120
        $table | Should -Match 'BackupId\s+ClusterId\s+Created\s+Kind\s+Keys\s+Content\s+HSMs'
        $table | Should -Match "$($copy.BackupId)\s+$cluster\s+\d{4}-\d\d-\d\d \d\d:\d\dZ\s+COPY\s+1\s+get-backup"
    }

    It 'completes IDs' {
        (TabExpansion2 'Get-KmsHsmClusterBackup backup-').CompletionMatches.CompletionText | Should -Contain $copy.BackupId
    }
}
