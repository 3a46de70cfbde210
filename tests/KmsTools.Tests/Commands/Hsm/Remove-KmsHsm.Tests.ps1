BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    foreach ($label in 'remove-1', 'remove-2', 'remove-3') {
        $null = Initialize-KmsHsm $LabLibrary $label -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
    }

    $cluster = Register-KmsHsmCluster $LabLibrary remove-1, remove-2 -HighAvailability
    $store = New-KmsCustomKeyStore remove -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
    Connect-KmsCustomKeyStore $store
    $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Remove-KmsHsm' {
    It 'removes nothing with -WhatIf, and asks' {
        Remove-KmsHsm $cluster.ClusterId remove-2 -WhatIf
        Remove-KmsHsm $cluster.ClusterId remove-2 -Force -WhatIf
        (Get-KmsHsm $cluster.ClusterId).Count | Should -Be 2
        (Get-Command Remove-KmsHsm).ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'High'
    }

    It 'removes an HSM whose keys are elsewhere too, and warns that keys cannot be created' {
        $warnings = @()
        Get-KmsHsm $cluster.ClusterId remove-1 | Remove-KmsHsm -Confirm:$false -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warnings" | Should -BeLike "Cluster $($cluster.ClusterId) was registered with -HighAvailability and has fewer than two HSMs left: *"
        (Get-KmsHsm $cluster.ClusterId).TokenLabel | Should -Be 'remove-2'
        Read-Text (Invoke-KmsEncrypt $key.KeyId -Plaintext 'abc' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
        $refusal = Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store }
        Get-ErrorCode $refusal | Should -Be 'CloudHsmClusterInvalidConfigurationException'
        $refusal.Exception.Message | Should -BeExactly 'CloudHSM cluster must contain active HSMs in at least two Availability Zones'
    }

    It 'refuses what only the HSM holds, also with -WhatIf' {
        foreach ($refusal in (Get-ErrorOf { Remove-KmsHsm $cluster.ClusterId remove-2 }), (Get-ErrorOf { Remove-KmsHsm $cluster.ClusterId remove-2 -WhatIf })) {
            $refusal.FullyQualifiedErrorId | Should -Be 'KMSInvalidStateException,KmsTools.Commands.RemoveKmsHsmCommand'
            $refusal.Exception.Message | Should -BeExactly "HSM 'remove-2' of cluster $($cluster.ClusterId) may hold the only copy of the material of 1 KMS key: $($key.Arn)."
            $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*-Force removes this one all the same*'
        }

        (Get-KmsHsm $cluster.ClusterId).TokenLabel | Should -Be 'remove-2'
    }

    It 'removes it with -Force, and the key works again when it is back' {
        Remove-KmsHsm $cluster.ClusterId remove-2 -Force -WarningAction SilentlyContinue
        Get-KmsHsm $cluster.ClusterId | Should -BeNullOrEmpty
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext 'abc' }) | Should -Be 'KMSInvalidStateException'
        $null = Add-KmsHsm $cluster.ClusterId remove-2 -WarningAction SilentlyContinue
        Read-Text (Invoke-KmsEncrypt $key.KeyId -Plaintext 'abc' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
    }

    It 'refuses an HSM that is not in the cluster' {
        $refusal = Get-ErrorOf { Remove-KmsHsm $cluster.ClusterId remove-3 }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.RemoveKmsHsmCommand'
        "$refusal" | Should -BeExactly "Cluster $($cluster.ClusterId) has no HSM with the token label 'remove-3'. It has 'remove-2'."
        (Get-ErrorOf { Remove-KmsHsm $cluster.ClusterId remove-3 -Force }).Exception.Message | Should -BeExactly "$refusal"
        $refusal.TargetObject | Should -Be 'remove-3'
    }
}
