BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = New-LabCluster 'unregister'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Unregister-KmsHsmCluster' {
    BeforeEach {
        Get-KmsHsmCluster | Unregister-KmsHsmCluster
        $cluster = Register-KmsHsmCluster $LabLibrary unregister
    }

    It 'forgets the cluster, writes nothing, and leaves the token' {
        Unregister-KmsHsmCluster $cluster.ClusterId | Should -BeNullOrEmpty
        Get-KmsHsmCluster | Should -BeNullOrEmpty
        @(Get-LabTokenFolder $lab 'unregister').Count | Should -Be 1
        (Register-KmsHsmCluster $LabLibrary unregister).State | Should -Be 'ACTIVE'
    }

    It 'takes IDs from the pipeline' {
        $cluster.ClusterId | Unregister-KmsHsmCluster -Confirm:$false
        Get-KmsHsmCluster | Should -BeNullOrEmpty
    }

    It 'forgets nothing with -WhatIf' {
        Unregister-KmsHsmCluster $cluster.ClusterId -WhatIf
        (Get-KmsHsmCluster).ClusterId | Should -Be $cluster.ClusterId
    }

    It 'refuses a cluster that a store uses' {
        $store = New-KmsCustomKeyStore uses -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        $refusal = Get-ErrorOf { Unregister-KmsHsmCluster $cluster.ClusterId }
        $refusal.FullyQualifiedErrorId | Should -Be 'CloudHsmClusterInUseException,KmsTools.Commands.UnregisterKmsHsmClusterCommand'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Get-KmsCustomKeyStore *'
        Remove-KmsCustomKeyStore $store -Force
    }

    It 'refuses a cluster that is not registered' {
        $refusal = Get-ErrorOf { Unregister-KmsHsmCluster cluster-abcdefghijk }
        Get-ErrorCode $refusal | Should -Be 'CloudHsmClusterNotFoundException'
        $refusal.Exception.Message | Should -BeExactly 'CloudHSM cluster cluster-abcdefghijk does not exist.'
        $refusal.TargetObject | Should -Be 'cluster-abcdefghijk'
    }
}
