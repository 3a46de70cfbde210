BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'orphans' -Connected
    $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
    $deleted = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
    New-KmsAlias -AliasName alias/orders -TargetKeyId $deleted.KeyId
    $null = Invoke-KmsEncrypt alias/orders -Plaintext 'abc'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Get-KmsOrphanedKeyMaterial' {
    It 'finds nothing where all is well' {
        Get-KmsOrphanedKeyMaterial | Should -BeNullOrEmpty
        Get-KmsOrphanedKeyMaterial $cluster | Should -BeNullOrEmpty
    }

    It 'shows material whose key was deleted, with the size of the damage' {
        $null = Register-KmsKeyDeletion $deleted.KeyId -PendingWindowInDays 7 -Force
        Disconnect-KmsCustomKeyStore $store
        (Step-KmsClock -Days 8).OrphansLeft | Should -Be 1
        Get-KmsOrphanedKeyMaterial -WarningVariable said 3> $null | Should -BeNullOrEmpty
        $said | Should -BeExactly ("The HSMs of $cluster were not inspected: no custom key store is connected to it. " +
            "The store knows of 1 key material without a key in them. Connect-KmsCustomKeyStore $store")
        Connect-KmsCustomKeyStore $store
        $orphan = Get-KmsOrphanedKeyMaterial
        Get-PropertyName $orphan | Should -Be @(
            'Aliases', 'BackingKeyId', 'CanDecrypt', 'ClusterId', 'CustomKeyStoreId', 'HiddenIn', 'Hsms', 'IsRemovable', 'KeyArn', 'KeyCreationDate',
            'KeyDeletionDate', 'KeyState', 'Kind', 'LastUsedDate', 'Messages', 'MissingFrom', 'NotAnswered', 'Reason')
        $orphan.Kind | Should -Be 'MATERIAL_WITHOUT_KEY'
        $orphan.KeyArn | Should -Be $deleted.Arn
        $orphan.Aliases | Should -Be 'alias/orders'
        $orphan.Hsms | Should -Be 'orphans'
        $orphan.CanDecrypt | Should -BeFalse
        $orphan.IsRemovable | Should -BeTrue
        $orphan.KeyCreationDate | Should -Be $deleted.CreationDate
        $orphan.KeyDeletionDate | Should -Be $deleted.CreationDate.AddDays(7)
        $orphan.LastUsedDate | Should -Be $deleted.CreationDate
        $orphan | Out-String -Width 200 | Should -Match "MATERIAL_WITHOUT_KEY\s+$($deleted.KeyId)\s+orphans\s+False"
        $orphan | Format-List | Out-String -Width 200 | Should -Match 'Messages\s+: at most \d+'
    }

    It 'shows a key whose material is gone' {
        $lost = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $before = (Get-KmsEvent -KeyId $lost.KeyId -EventName CreateKey).AdditionalEventData.backingKey | ConvertFrom-Json
        $files = Get-LabHsmObject $lab 'orphans' | Sort-Object LastWriteTime
        Remove-Item $files[-1]
        Disconnect-KmsCustomKeyStore $store
        Connect-KmsCustomKeyStore $store
        $found = Get-KmsOrphanedKeyMaterial $cluster | Where-Object Kind -EQ KEY_WITHOUT_MATERIAL
        $found.KeyArn | Should -Be $lost.Arn
        $found.BackingKeyId | Should -Be $before.backingKeyId
        $found.KeyState | Should -Be 'Enabled'
        $found.MissingFrom | Should -Be 'orphans'
        $found.IsRemovable | Should -BeFalse
    }

    It 'takes clusters and key stores from the pipeline' {
        @(Get-KmsHsmCluster $cluster | Get-KmsOrphanedKeyMaterial).Count | Should -Be 2
        @(Get-KmsCustomKeyStore $store | Get-KmsOrphanedKeyMaterial).Count | Should -Be 2
        @(Get-KmsOrphanedKeyMaterial -CustomKeyStoreId $store).Count | Should -Be 2
        Get-ErrorCode (Get-ErrorOf { Get-KmsOrphanedKeyMaterial -CustomKeyStoreId cks-1 }) | Should -Be 'CustomKeyStoreNotFoundException'
    }

    It 'needs the password where no key store is connected' {
        Disconnect-KmsCustomKeyStore $store
        Get-KmsOrphanedKeyMaterial -WarningVariable said 3> $null | Should -BeNullOrEmpty
        $said | Should -BeLike "The HSMs of $cluster were not inspected: *"
        $refusal = Get-ErrorOf { Get-KmsOrphanedKeyMaterial $cluster }
        $refusal.FullyQualifiedErrorId | Should -Be 'CustomKeyStoreInvalidStateException,KmsTools.Commands.GetKmsOrphanedKeyMaterialCommand'
        $refusal.Exception.Message | Should -BeExactly "No custom key store of cluster $cluster is connected, so no user is logged in to its HSMs."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*-KeyStorePassword*'
        @(Get-KmsOrphanedKeyMaterial $cluster -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')).Count | Should -Be 2
        Get-ErrorCode (Get-ErrorOf { Get-KmsOrphanedKeyMaterial $cluster -KeyStorePassword (ConvertTo-LabPin 'wrongPswd') }) | Should -Be 'HsmInvalidCredentials'
        Connect-KmsCustomKeyStore $store
    }

    It 'keeps naming what an HSM refused to destroy and hides' -Skip:(-not $IsLinux -or (id -u) -ne 0) {
        $tokens = (Get-LabTokenFolder $lab 'orphans').FullName
        $refused = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $null = Register-KmsKeyDeletion $refused.KeyId -PendingWindowInDays 7 -Force
        $before = (Get-KmsStatus).OrphanCount
        mount --bind $tokens $tokens
        try {
            mount -o remount,bind,ro $tokens
            (Step-KmsClock -Days 8).OrphansLeft | Should -Be 1
        }
        finally {
            umount $tokens
        }

        foreach ($attempt in 1..2) {
            $hidden = Get-KmsOrphanedKeyMaterial -WarningVariable said 3> $null | Where-Object KeyArn -EQ $refused.Arn
            $said | Should -BeExactly ("HSM 'orphans' of $cluster refused to destroy a key material and does not show it any more; " +
                'it may still hold it. Look what is wrong with the HSM: its disk may be full or read-only. Then restart it ' +
                '(SoftHSM: this process), and remove what it still shows: Get-KmsOrphanedKeyMaterial | Remove-KmsOrphanedKeyMaterial')
            $hidden.HiddenIn | Should -Be 'orphans'
            $hidden.Hsms | Should -BeNullOrEmpty
            $hidden.Reason | Should -Be 'ORPHANED'
            (Get-KmsStatus).OrphanCount | Should -Be ($before + 1)
        }

        $hidden | Format-List | Out-String -Width 120 | Should -Match 'HiddenIn\s+: orphans'
        $hidden | Remove-KmsOrphanedKeyMaterial -Force -WarningVariable said 3> $null
        $said | Should -BeExactly ("The key material of $($refused.KeyId) in $cluster was not removed. HSM 'orphans' refused to destroy it " +
            "and does not show it any more. Compare again once the HSM answers and shows what it holds: Get-KmsOrphanedKeyMaterial $cluster")
        $refusal = Get-ErrorOf { Remove-KmsOrphanedKeyMaterial -ClusterId $cluster -BackingKeyId $hidden.BackingKeyId -Force }
        Get-ErrorCode $refusal | Should -Be 'KMSInvalidStateException'
    }
}
