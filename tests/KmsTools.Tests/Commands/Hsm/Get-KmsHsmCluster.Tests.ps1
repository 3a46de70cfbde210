BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $first, $second = (New-LabCluster 'get-cluster-1'), (New-LabCluster 'get-cluster-2')
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Get-KmsHsmCluster' {
    It 'lists all clusters' {
        (Get-KmsHsmCluster).ClusterId | Sort-Object | Should -Be ($first.ClusterId, $second.ClusterId | Sort-Object)
    }

    It 'finds one by ID and from the pipeline' {
        (Get-KmsHsmCluster $first.ClusterId).Hsms.TokenLabel | Should -Be 'get-cluster-1'
        ($second.ClusterId, $first.ClusterId | Get-KmsHsmCluster).Hsms.TokenLabel | Should -Be 'get-cluster-2', 'get-cluster-1'
        ($second | Get-KmsHsmCluster).ClusterId | Should -Be $second.ClusterId
    }

    It 'finds the cluster of a custom key store' {
        $store = New-KmsCustomKeyStore get -CloudHsmClusterId $first.ClusterId -TrustAnchorCertificate $first.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        (Get-KmsCustomKeyStore $store | Get-KmsHsmCluster).ClusterId | Should -Be $first.ClusterId
    }

    It 'shows the tokens in its views' {
        $first | Out-String -Width 160 | Should -Match "$($first.ClusterId)\s+ACTIVE\s+1/1\s+get-cluster-1"
        $first | Format-List | Out-String -Width 160 | Should -Match "Hsms\s+: get-cluster-1 [0-9a-f]{16} ACTIVE"
    }

    It 'tells when a token is gone' {
        $token = Get-LabTokenFolder $lab 'get-cluster-2'
        Move-Item $token "$lab/get-cluster-away"
        try {
            $now = Get-KmsHsmCluster $second.ClusterId
            $now.State | Should -Be 'DEGRADED'
            $now.Hsms.State | Should -Be 'DEGRADED'
            (Get-KmsHsmCluster $first.ClusterId).State | Should -Be 'ACTIVE'
        }
        finally {
            Move-Item "$lab/get-cluster-away" $token
        }
    }

    It 'refuses a cluster that is not registered' {
        $refusal = Get-ErrorOf { Get-KmsHsmCluster cluster-abcdefghijk }
        $refusal.FullyQualifiedErrorId | Should -Be 'CloudHsmClusterNotFoundException,KmsTools.Commands.GetKmsHsmClusterCommand'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $refusal.TargetObject | Should -Be 'cluster-abcdefghijk'
    }
}
