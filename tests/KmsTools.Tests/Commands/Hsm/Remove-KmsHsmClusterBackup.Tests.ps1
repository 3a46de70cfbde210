BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary
    $cluster = New-LabCluster 'remove-backup'
    $copy = Backup-KmsHsmCluster $cluster.ClusterId
    $vendor = Backup-KmsHsmCluster $cluster.ClusterId -VendorReference 'tape 1'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Remove-KmsHsmClusterBackup' {
    It 'removes nothing with -WhatIf, and asks' {
        Remove-KmsHsmClusterBackup $copy.BackupId -WhatIf
        Get-KmsHsmClusterBackup | Remove-KmsHsmClusterBackup -Force -WhatIf
        @(Get-KmsHsmClusterBackup).Count | Should -Be 2
        (Get-Command Remove-KmsHsmClusterBackup).ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'High'
    }

    It 'removes the files with the record' {
        $copy.Reference | Should -Exist
        $copy | Remove-KmsHsmClusterBackup -Confirm:$false | Should -BeNullOrEmpty
        $copy.Reference | Should -Not -Exist
        (Get-KmsHsmClusterBackup).BackupId | Should -Be $vendor.BackupId
        (Get-KmsEvent -EventName RemoveHsmClusterBackup).RequestParameters.backupId | Should -Be $copy.BackupId
        (Get-KmsHsmCluster).State | Should -Be 'ACTIVE'
    }

    It 'says so when there is no such backup' {
        Get-ErrorCode (Get-ErrorOf { Remove-KmsHsmClusterBackup $copy.BackupId -Force }) | Should -Be 'CloudHsmResourceNotFoundException'
        (Get-KmsEvent -EventName RemoveHsmClusterBackup -Last 1).ErrorCode | Should -Be 'CloudHsmResourceNotFoundException'
        $count = @(Get-KmsEvent -EventName RemoveHsmClusterBackup).Count
        Get-ErrorCode (Get-ErrorOf { Remove-KmsHsmClusterBackup $copy.BackupId -WhatIf }) | Should -Be 'CloudHsmResourceNotFoundException'
        @(Get-KmsEvent -EventName RemoveHsmClusterBackup).Count | Should -Be $count
    }
}
