BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $connection = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'backup' -Connected
    $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
    $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Backup-KmsHsmCluster' {
    It 'changes nothing with -WhatIf' {
        Get-WhatIf { Backup-KmsHsmCluster $cluster -WhatIf } | Should -Be "What if: Back up $cluster"
        Get-KmsHsmClusterBackup | Should -BeNullOrEmpty
    }

    It 'copies the token while the key store is in use' {
        $backup = Backup-KmsHsmCluster $cluster
        $backup.BackupId | Should -MatchExactly '^backup-[2-7a-z]{11}$'
        $backup.ClusterId | Should -Be $cluster
        $backup.Kind | Should -Be 'COPY'
        $backup.Hsms | Should -Be 'backup'
        $backup.KeyCount | Should -Be 1
        $backup.Size | Should -Be (Get-ChildItem $backup.Reference -Recurse -File | Measure-Object Length -Sum).Sum
        @(Get-ChildItem $backup.Reference -Recurse -File -Filter *.object).Count | Should -Be 2
        if (-not $IsWindows) {
            Get-ChildItem $backup.Reference -Recurse -File | ForEach-Object UnixMode | Sort-Object -Unique | Should -Be '-rw-------'
        }

        Read-Text (Invoke-KmsEncrypt $key.KeyId -Plaintext 'abc' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
    }

    It 'takes clusters from the pipeline, and records who did it' {
        $backup = Get-KmsHsmCluster | Backup-KmsHsmCluster
        $entry = Get-KmsEvent -EventName BackupHsmCluster | Select-Object -Last 1
        $entry.RequestParameters.backupId | Should -Be $backup.BackupId
        $entry.AdditionalEventData.hsms | Should -Be 'backup'
        $entry.UserIdentity.userName | Should -Be ([Environment]::UserName)
    }

    It 'records a backup of the tool of the vendor' {
        $backup = Backup-KmsHsmCluster $cluster -VendorReference 'tape 7' -CreationDate ([datetime]::SpecifyKind('2020-05-01', 'Utc'))
        $backup.Kind | Should -Be 'VENDOR'
        $backup.Reference | Should -Be 'tape 7'
        $backup.CreationDate | Should -Be ([datetime]::SpecifyKind('2020-05-01', 'Utc'))
        $backup.Size | Should -BeNullOrEmpty
        (Get-KmsEvent -EventName BackupHsmCluster | Select-Object -Last 1).AdditionalEventData.vendorReference | Should -Be 'tape 7'
    }

    It 'says so when the cluster is not registered, and when its HSM is away' {
        Get-ErrorCode (Get-ErrorOf { Backup-KmsHsmCluster cluster-22222222222 }) | Should -Be 'CloudHsmClusterNotFoundException'
        $folder = Get-LabTokenFolder $lab 'backup'
        $away = "$lab/away"
        Move-Item $folder $away
        try {
            $count = @(Get-KmsHsmClusterBackup).Count
            Get-ErrorCode (Get-ErrorOf { Backup-KmsHsmCluster $cluster 3>$null }) | Should -Be 'CloudHsmClusterNotActiveException'
            @(Get-KmsHsmClusterBackup).Count | Should -Be $count
        }
        finally {
            Move-Item $away $folder
        }
    }
}
