BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    foreach ($label in 'get-hsm-1', 'get-hsm-2') {
        $null = Initialize-KmsHsm $LabLibrary $label -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
    }

    $cluster = Register-KmsHsmCluster $LabLibrary get-hsm-1, get-hsm-2
    $other = New-LabCluster 'get-hsm-3'
    $store = New-KmsCustomKeyStore hsms -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Get-KmsHsm' {
    It 'lists the HSMs of all clusters' {
        (Get-KmsHsm).TokenLabel | Sort-Object | Should -Be 'get-hsm-1', 'get-hsm-2', 'get-hsm-3'
    }

    It 'finds those of a cluster, by ID, from the pipeline and by label' {
        (Get-KmsHsm $cluster.ClusterId).TokenLabel | Should -Be 'get-hsm-1', 'get-hsm-2'
        ($other | Get-KmsHsm).TokenLabel | Should -Be 'get-hsm-3'
        (Get-KmsCustomKeyStore $store | Get-KmsHsm).TokenLabel | Should -Be 'get-hsm-1', 'get-hsm-2'
        (Get-KmsHsm $cluster.ClusterId *-2).TokenLabel | Should -Be 'get-hsm-2'
        (Get-KmsHsm -TokenLabel *-3).ClusterId | Should -Be $other.ClusterId
    }

    It 'tells what an HSM is without logging in' {
        $hsm = Get-KmsHsm $cluster.ClusterId get-hsm-1
        $hsm.State | Should -Be 'ACTIVE'
        $hsm.Library | Should -Be $LabLibrary
        $hsm.Manufacturer | Should -Be 'SoftHSM project'
        $hsm.FirmwareVersion | Should -Match '^\d+\.\d+$'
        $hsm.KeyCount | Should -BeNullOrEmpty
    }

    It 'counts keys while a key store is connected' {
        Connect-KmsCustomKeyStore $store
        $null = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        (Get-KmsHsm $cluster.ClusterId).KeyCount | Should -Be 1, 1
        (Get-KmsHsm $other.ClusterId).KeyCount | Should -BeNullOrEmpty
    }

    It 'tells when an HSM is lost' {
        $token = Get-LabTokenFolder $lab 'get-hsm-2'
        Move-Item $token "$lab/get-hsm-away"
        try {
            (Get-KmsHsm $cluster.ClusterId).State | Should -Be 'ACTIVE', 'DEGRADED'
            (Get-KmsHsmCluster $cluster.ClusterId).ActiveHsmCount | Should -Be 1
            Get-KmsHsmCluster $cluster.ClusterId | Out-String -Width 200 | Should -Match "$($cluster.ClusterId)\s+ACTIVE\s+1/2\s+get-hsm-1, get-hsm-2"
        }
        finally {
            Move-Item "$lab/get-hsm-away" $token
        }
    }

    It 'shows state and keys in its views' {
        Get-KmsHsm $other.ClusterId | Out-String -Width 200 | Should -Match "get-hsm-3\s+ACTIVE\s+$($other.ClusterId)"
        Get-KmsHsm $other.ClusterId | Format-List | Out-String -Width 200 | Should -Match 'TokenLabel\s+: get-hsm-3'
        Get-KmsHsm $other.ClusterId | Format-List | Out-String -Width 200 | Should -Not -Match 'KeyCount'
    }

    It 'refuses a cluster that is not registered' {
        $refusal = Get-ErrorOf { Get-KmsHsm cluster-abcdefghijk }
        $refusal.FullyQualifiedErrorId | Should -Be 'CloudHsmClusterNotFoundException,KmsTools.Commands.GetKmsHsmCommand'
        $refusal.TargetObject | Should -Be 'cluster-abcdefghijk'
    }

    It 'refuses a label that no HSM has, and not a pattern' {
        $refusal = Get-ErrorOf { Get-KmsHsm $cluster.ClusterId get-hsm-3 }
        $refusal.FullyQualifiedErrorId | Should -Be 'HsmNotFound,KmsTools.Commands.GetKmsHsmCommand'
        "$refusal" | Should -BeExactly "CloudHSM cluster $($cluster.ClusterId) has no HSM with the label 'get-hsm-3'."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "Did you mean get-hsm-?? Get-KmsHsm $($cluster.ClusterId) shows the HSMs of the cluster."
        "$(Get-ErrorOf { Get-KmsHsm -TokenLabel none })" | Should -BeExactly "No cluster has an HSM with the label 'none'."
        Get-KmsHsm -TokenLabel none* | Should -BeNullOrEmpty
    }

    It 'shows the PKCS#11 URI in its list, also of an HSM that is lost' {
        $hsm = Get-KmsHsm $other.ClusterId
        $hsm.Uri | Should -BeExactly "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=$($hsm.SerialNumber);token=get-hsm-3?module-path=$LabLibrary"
        $hsm | Format-List | Out-String -Width 300 | Should -Match "Uri\s+: $([regex]::Escape($hsm.Uri))"
        $hsm | Format-Table | Out-String -Width 300 | Should -Not -Match 'pkcs11:'
        $token = Get-LabTokenFolder $lab 'get-hsm-3'
        Move-Item $token "$lab/get-hsm-away"
        try {
            (Get-KmsHsm $other.ClusterId).Uri | Should -BeExactly $hsm.Uri
        }
        finally {
            Move-Item "$lab/get-hsm-away" $token
        }
    }

    It 'has a URI that p11tool takes' {
        if (-not (Get-Command p11tool -CommandType Application -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'p11tool is not installed (gnutls-bin)'
            return
        }

        $hsm = Get-KmsHsm $cluster.ClusterId get-hsm-1
        p11tool --provider $LabLibrary --list-token-urls | Should -Contain $hsm.Uri.Split('?')[0]
        $env:GNUTLS_PIN = 'kmsPswd1'
        try {
            $listed = p11tool --provider $LabLibrary --batch --login --list-all $hsm.Uri 2>&1 | Out-String
            $listed | Should -Match 'arn:aws:kms:us-east-1:'
            p11tool --provider $LabLibrary --batch --login --list-all (Get-KmsHsm $other.ClusterId).Uri 2>&1 | Out-String | Should -Not -Match 'arn:aws:kms:us-east-1:'
        }
        finally {
            Remove-Item env:GNUTLS_PIN
        }
    }
}
