BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    foreach ($label in 'register-1', 'register-2') {
        $null = Initialize-KmsHsm $LabLibrary $label -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
    }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Register-KmsHsmCluster' {
    It 'makes a cluster of a token' {
        $cluster = Register-KmsHsmCluster $LabLibrary register-1
        Get-PropertyName $cluster | Should -Be @(
            'ActiveHsmCount', 'ClusterId', 'CommandsFromElsewhere', 'CreationDate', 'HighAvailability', 'HsmCount', 'Hsms', 'Library', 'ManagePassword', 'State', 'TrustAnchorCertificate')
        $cluster.ClusterId | Should -Match '^cluster-[2-7a-z]{11}$'
        $cluster.State | Should -Be 'ACTIVE'
        $cluster.Library | Should -Be $LabLibrary
        $cluster.Hsms.TokenLabel | Should -Be 'register-1'
        $cluster.TrustAnchorCertificate | Should -BeLike '-----BEGIN CERTIFICATE-----*'
        $cluster.CreationDate | Should -Be (Get-KmsClock).UtcNow
    }

    It 'takes several tokens, an ID and a certificate' {
        $given = @{ ClusterId = 'cluster-abcdefghijk'; TrustAnchorCertificate = 'the certificate' }
        $cluster = Register-KmsHsmCluster -Library $LabLibrary -TokenLabel register-1, register-2 @given
        $cluster.ClusterId | Should -BeExactly 'cluster-abcdefghijk'
        $cluster.Hsms.TokenLabel | Should -Be 'register-1', 'register-2'
        $cluster.TrustAnchorCertificate | Should -BeExactly 'the certificate'
    }

    It 'declares how AWS would have it' {
        $cluster = Register-KmsHsmCluster $LabLibrary register-1, register-2 -HighAvailability -ManagePassword
        $cluster.HighAvailability, $cluster.ManagePassword, $cluster.HsmCount, $cluster.ActiveHsmCount | Should -Be $true, $true, 2, 2
        $plain = Register-KmsHsmCluster $LabLibrary register-1
        $plain.HighAvailability, $plain.ManagePassword, $plain.HsmCount, $plain.ActiveHsmCount | Should -Be $false, $false, 1, 1
    }

    It 'refuses a token that is named twice' {
        "$(Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1, register-1 })" |
            Should -BeExactly "The token 'register-1' is named twice: each HSM of a cluster is another token."
    }

    It 'takes a path relative to the location' {
        Push-Location (Split-Path $LabLibrary)
        try {
            (Register-KmsHsmCluster "./$(Split-Path $LabLibrary -Leaf)" register-2).Library | Should -Be $LabLibrary
        }
        finally {
            Pop-Location
        }
    }

    It 'registers nothing with -WhatIf' {
        $before = @(Get-KmsHsmCluster).Count
        Register-KmsHsmCluster $LabLibrary register-1 -WhatIf | Should -BeNullOrEmpty
        @(Get-KmsHsmCluster).Count | Should -Be $before
    }

    It 'refuses a token that is not there' {
        $refusal = Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-none }
        $refusal.FullyQualifiedErrorId | Should -Be 'HsmNoActiveHsm,KmsTools.Commands.RegisterKmsHsmClusterCommand'
        $refusal.Exception.Message | Should -BeExactly "$LabLibrary has no token with the label 'register-none'. Initialize-KmsHsm makes a lab token."
        $refusal.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
    }

    It 'refuses an ID that is taken or malformed' {
        $refusal = Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1 -ClusterId cluster-abcdefghijk }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.RegisterKmsHsmClusterCommand'
        "$refusal" | Should -BeExactly 'A cluster with the ID cluster-abcdefghijk is registered already.'
        (Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1 -ClusterId cluster-1 }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
    }
}
