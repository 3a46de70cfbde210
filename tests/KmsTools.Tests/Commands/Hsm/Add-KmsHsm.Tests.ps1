BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    foreach ($label in 'add-2', 'add-3', 'add-4', 'add-managed-2') {
        $null = Initialize-KmsHsm $LabLibrary $label -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
    }

    $store = New-LabKeyStore 'add-1'
    $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Add-KmsHsm' {
    It 'adds nothing with -WhatIf' {
        Add-KmsHsm $cluster add-2 -WhatIf | Should -BeNullOrEmpty
        (Get-KmsHsm $cluster).TokenLabel | Should -Be 'add-1'
    }

    It 'adds an HSM to a disconnected cluster and says that keys are copied later' {
        Connect-KmsCustomKeyStore $store
        $script:key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        Disconnect-KmsCustomKeyStore $store
        $warnings = @()
        $hsm = Add-KmsHsm $cluster add-2 -WarningVariable warnings -WarningAction SilentlyContinue
        Get-PropertyName $hsm | Should -Be 'ClusterId', 'FirmwareVersion', 'FreeSessions', 'KeyCount', 'Library', 'Manufacturer', 'Model', 'Reason', 'SerialNumber', 'State', 'TokenLabel', 'Uri'
        $hsm.ClusterId | Should -Be $cluster
        $hsm.TokenLabel | Should -BeExactly 'add-2'
        $hsm.State | Should -Be 'ACTIVE'
        "$warnings" | Should -BeExactly "No key store of $cluster is connected: the keys are copied when one is connected next."
        Connect-KmsCustomKeyStore $store -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike "HSM add-2 lacks 1 key that cannot leave the other HSMs: $($key.Arn).*"
    }

    It 'adds one to a connected cluster: new keys are on all HSMs' {
        $warnings = @()
        $null = [pscustomobject]@{ ClusterId = $cluster; TokenLabel = 'add-3' } | Add-KmsHsm -Library $LabLibrary -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike 'HSM add-3 lacks 1 key *'
        $new = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        foreach ($label in 'add-1', 'add-2', 'add-3') {
            (Get-KmsHsm $cluster $label).KeyCount | Should -Be ($label -eq 'add-1' ? 2 : 1)
        }

        Read-Text (Invoke-KmsEncrypt $new.KeyId -Plaintext 'abc' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
        Read-Text (Invoke-KmsEncrypt $key.KeyId -Plaintext 'def' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'def'
        @(Get-KmsEvent -EventName AddHsm).Count | Should -Be 2
    }

    It 'gives an HSM the managed password of its cluster' {
        $null = New-LabCluster 'add-managed-1'
        $managed = Register-KmsHsmCluster $LabLibrary add-managed-1 -ManagePassword
        $id = New-KmsCustomKeyStore managed -CloudHsmClusterId $managed.ClusterId -TrustAnchorCertificate $managed.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        Connect-KmsCustomKeyStore $id
        $refusal = Get-ErrorOf { Add-KmsHsm $managed.ClusterId add-managed-2 }
        $refusal.FullyQualifiedErrorId | Should -Be 'HsmInvalidCredentials,KmsTools.Commands.AddKmsHsmCommand'
        $refusal.Exception.Message | Should -BeLike '*Give the one that it has, and it is changed to the cluster''s.'
        $null = Add-KmsHsm $managed.ClusterId add-managed-2 -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
        $null = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $id
        (Get-KmsHsm $managed.ClusterId).KeyCount | Should -Be 1, 1
    }

    It 'refuses a password where none is managed' {
        $refusal = Get-ErrorOf { Add-KmsHsm $cluster add-4 -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') }
        Get-ErrorCode $refusal | Should -Be 'InvalidArgument'
        (Get-KmsHsm $cluster).Count | Should -Be 3
    }

    It 'refuses an HSM that is in the cluster, or not there' {
        $refusal = Get-ErrorOf { Add-KmsHsm $cluster add-1 }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.AddKmsHsmCommand'
        "$refusal" | Should -BeExactly "Cluster $cluster has an HSM with the token label 'add-1' already."
        $refusal.Exception.Message | Should -BeExactly "Cluster $cluster has an HSM with the token label 'add-1' already."
        (Get-ErrorOf { Add-KmsHsm $cluster add-none }).FullyQualifiedErrorId | Should -Be 'HsmNoActiveHsm,KmsTools.Commands.AddKmsHsmCommand'
        Get-ErrorCode (Get-ErrorOf { Add-KmsHsm cluster-abcdefghijk add-4 }) | Should -Be 'CloudHsmClusterNotFoundException'
    }

    It 'makes a clone of an HSM of the cluster' {
        $count = @(Get-KmsHsm $cluster).Count
        Add-KmsHsm $cluster add-clone -Clone -WhatIf
        @(Get-KmsHsm $cluster).Count | Should -Be $count
        $clone = Add-KmsHsm $cluster add-clone -Clone -WarningAction SilentlyContinue
        $clone.TokenLabel | Should -Be 'add-clone'
        $clone.State | Should -Be 'ACTIVE'
        @(Get-KmsHsm $cluster).Count | Should -Be ($count + 1)
        @(Get-LabHsmObject $lab 'add-clone').Count | Should -BeGreaterThan 0
    }
}
