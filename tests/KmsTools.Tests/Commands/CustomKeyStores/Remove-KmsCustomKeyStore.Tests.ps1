BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $cluster = New-LabCluster 'remove-store'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Remove-KmsCustomKeyStore' {
    BeforeEach {
        Get-KmsCustomKeyStore | Where-Object ConnectionState -EQ CONNECTED | Disconnect-KmsCustomKeyStore
        Get-KmsCustomKeyStore | Remove-KmsCustomKeyStore -Force
        $store = New-KmsCustomKeyStore payroll -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
    }

    It 'removes the store, writes nothing, and leaves the cluster' {
        Remove-KmsCustomKeyStore $store -Force | Should -BeNullOrEmpty
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
        (Get-KmsHsmCluster $cluster.ClusterId).State | Should -Be 'ACTIVE'
    }

    It 'does not ask with -Confirm:$false, and takes what Get-KmsCustomKeyStore writes' {
        Get-KmsCustomKeyStore | Remove-KmsCustomKeyStore -Confirm:$false
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
    }

    It 'asks otherwise' {
        Get-Question "Remove-KmsCustomKeyStore $store" | Should -BeLike '*prompt*'
        (Get-KmsCustomKeyStore).CustomKeyStoreId | Should -Be $store
    }

    It 'removes nothing with -WhatIf' {
        Remove-KmsCustomKeyStore $store -WhatIf -Force
        (Get-KmsCustomKeyStore).CustomKeyStoreId | Should -Be $store
    }

    It 'refuses a store that is connected, and says what to do' {
        Connect-KmsCustomKeyStore $store
        $refusal = Get-ErrorOf { Remove-KmsCustomKeyStore $store -Force }
        $refusal.FullyQualifiedErrorId | Should -Be 'CustomKeyStoreInvalidStateException,KmsTools.Commands.RemoveKmsCustomKeyStoreCommand'
        $refusal.ErrorDetails.RecommendedAction | Should -Match 'Disconnect-KmsCustomKeyStore'
    }

    It 'refuses a store that has keys' {
        Connect-KmsCustomKeyStore $store
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        Disconnect-KmsCustomKeyStore $store
        $refusal = Get-ErrorOf { Remove-KmsCustomKeyStore $store -Force }
        Get-ErrorCode $refusal | Should -Be 'CustomKeyStoreHasCMKsException'
        $refusal.Exception.Message | Should -BeExactly "Custom key store $store contains 1 KMS key. Keys that are pending deletion count."
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -Days 7
        Remove-KmsCustomKeyStore $store -Force -WarningAction SilentlyContinue
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
    }

    It 'tells of material of deleted keys that stays in the HSMs, and how to remove it' {
        Get-KmsOrphanedKeyMaterial $cluster.ClusterId -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') | Remove-KmsOrphanedKeyMaterial -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') -Force
        Connect-KmsCustomKeyStore $store
        $keys = @(New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store; New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store)
        Disconnect-KmsCustomKeyStore $store
        $null = $keys | Register-KmsKeyDeletion -PendingWindowInDay 7 -Force
        $null = Step-KmsClock -Days 7
        Get-Question "Remove-KmsCustomKeyStore $store" | Should -BeLike '*: its HSMs keep the material of 2 deleted keys*'
        Remove-KmsCustomKeyStore $store -Force -WarningVariable warnings -WarningAction SilentlyContinue
        $way = "`$pin = Read-Host -AsSecureString; Get-KmsOrphanedKeyMaterial $($cluster.ClusterId) -KeyStorePassword `$pin | Remove-KmsOrphanedKeyMaterial -KeyStorePassword `$pin"
        $warnings.Message | Should -BeExactly "The HSMs of $($cluster.ClusterId) keep the material of 2 deleted keys. To remove it: $way"
        Unregister-KmsHsmCluster $cluster.ClusterId -WhatIf -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Message | Should -BeExactly "The HSMs of $($cluster.ClusterId) keep the material of 2 deleted keys. To remove it first: $way"
        & { $ConfirmPreference = 'None'; Invoke-Expression $way.Replace('Read-Host -AsSecureString', "ConvertTo-LabPin 'kmsPswd1'") }
        @(Get-LabHsmObject $lab 'remove-store').Count | Should -Be 0
        Unregister-KmsHsmCluster $cluster.ClusterId -WhatIf -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
    }
}
