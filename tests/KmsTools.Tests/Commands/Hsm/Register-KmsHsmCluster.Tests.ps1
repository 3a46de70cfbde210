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
            'ActiveHsmCount', 'ClusterId', 'CommandsFromElsewhere', 'CreationDate', 'HighAvailability', 'HsmCount', 'Hsms', 'Library', 'ManagePassword', 'PinSource', 'State', 'TrustAnchorCertificate')
        $cluster.ClusterId | Should -Match '^cluster-[2-7a-z]{11}$'
        $cluster.State | Should -Be 'ACTIVE'
        $cluster.Library | Should -Be $LabLibrary
        $cluster.Hsms.TokenLabel | Should -Be 'register-1'
        $cluster.TrustAnchorCertificate | Should -BeLike '-----BEGIN CERTIFICATE-----*'
        $cluster.CreationDate | Should -Be (Get-KmsClock).UtcNow
    }

    It 'takes several tokens, an ID and a certificate' {
        $ec = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve]::CreateFromFriendlyName('nistP256'))
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=trust anchor', $ec, 'SHA256')
        $certificate = $request.CreateSelfSigned([DateTimeOffset]::UtcNow, [DateTimeOffset]::UtcNow.AddDays(1)).ExportCertificatePem()
        $given = @{ ClusterId = 'cluster-abcdefghijk'; TrustAnchorCertificate = $certificate }
        $cluster = Register-KmsHsmCluster -Library $LabLibrary -TokenLabel register-1, register-2 @given
        $cluster.ClusterId | Should -BeExactly 'cluster-abcdefghijk'
        $cluster.Hsms.TokenLabel | Should -Be 'register-1', 'register-2'
        $cluster.TrustAnchorCertificate | Should -BeExactly $certificate
    }

    It 'declares how AWS would have it' {
        $cluster = Register-KmsHsmCluster $LabLibrary register-1, register-2 -HighAvailability -ManagePassword
        $cluster.HighAvailability, $cluster.ManagePassword, $cluster.HsmCount, $cluster.ActiveHsmCount | Should -Be $true, $true, 2, 2
        $plain = Register-KmsHsmCluster $LabLibrary register-1
        $plain.HighAvailability, $plain.ManagePassword, $plain.HsmCount, $plain.ActiveHsmCount | Should -Be $false, $false, 1, 1
    }

    It 'completes the labels of tokens that it could register, without a library too' {
        function Get-Completion([string] $Line) { ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches }

        foreach ($line in "Register-KmsHsmCluster $LabLibrary ", "Register-KmsHsmCluster -Library $LabLibrary -TokenLabel register", 'Register-KmsHsmCluster -TokenLabel ') {
            @((Get-Completion $line).CompletionText) -like 'register-*' | Sort-Object | Should -BeExactly 'register-1', 'register-2' -Because $line
        }

        (Get-Completion 'Register-KmsHsmCluster -TokenLabel ')[0].ToolTip | Should -Match '^SoftHSM project  SoftHSM v2  [0-9a-f]{16}$'
        $cluster = (Register-KmsHsmCluster $LabLibrary register-1).ClusterId
        @((Get-Completion "Add-KmsHsm $cluster ").CompletionText) -like 'register-*' | Should -BeExactly 'register-2'
        Get-Completion "Add-KmsHsm $cluster -Clone -TokenLabel " | Should -BeNullOrEmpty
        (Get-Completion "Remove-KmsHsm $cluster ").CompletionText | Should -BeExactly 'register-1'
        Unregister-KmsHsmCluster $cluster -Confirm:$false
    }

    It 'refuses a token that is named twice' {
        $refusal = Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1, register-1 }
        "$refusal", $refusal.Exception.Message | Should -BeExactly @(
            "The token 'register-1' is named twice: each HSM of a cluster is another token."
            "The token 'register-1' is named twice: each HSM of a cluster is another token.")
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
        $refusal.Exception.Message | Should -BeExactly "$LabLibrary has no token with the label 'register-none'."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Initialize-KmsHsm creates a lab token. Present tokens: *register-1, register-2*'
        $refusal.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
    }

    It 'refuses an ID that is taken or malformed' {
        $refusal = Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1 -ClusterId cluster-abcdefghijk }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.RegisterKmsHsmClusterCommand'
        "$refusal" | Should -BeExactly 'A cluster with the ID cluster-abcdefghijk is registered already.'
        foreach ($malformed in 'cluster-1', "cluster-aaaaaaaaaaa`n", "cluster-aaaaaaaaaaa`0", ' cluster-aaaaaaaaaaa', '') {
            $refusal = Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1 -ClusterId $malformed }
            $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.RegisterKmsHsmClusterCommand'
            "$refusal" | Should -BeLike "'*' is not a valid cluster ID: use cluster- and 11 to 16 characters of 2-7, a-z and A-Z."
            (Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1 -ClusterId $malformed -WhatIf }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }
    }

    It 'takes PKCS#11 URIs, one for each HSM' {
        $hsms = (Register-KmsHsmCluster $LabLibrary register-1, register-2).Hsms
        $cluster = Register-KmsHsmCluster -Uri "PKCS11:token=register-1?module-path=$LabLibrary", "pkcs11:serial=$($hsms[1].SerialNumber)"
        $cluster.Library, $cluster.HsmCount, $cluster.ActiveHsmCount | Should -Be $LabLibrary, 2, 2
        $cluster.Hsms.Uri | Should -Be $hsms.Uri
        $cluster.PinSource | Should -BeNullOrEmpty
    }

    It 'takes what Get-KmsHsm and Initialize-KmsHsm write' {
        $cluster = Register-KmsHsmCluster $LabLibrary register-1
        (Get-KmsHsm $cluster.ClusterId | Register-KmsHsmCluster).Hsms.Uri | Should -Be $cluster.Hsms.Uri
        ($cluster.Hsms | Register-KmsHsmCluster).Hsms.Uri | Should -Be $cluster.Hsms.Uri
        ([pscustomobject]@{ Uri = $cluster.Hsms.Uri } | Register-KmsHsmCluster).Hsms.Uri | Should -Be $cluster.Hsms.Uri
    }

    It 'names the URIs of tokens with one label, of which each can be registered' {
        $first = (Register-KmsHsmCluster $LabLibrary register-1).Hsms
        $home1 = Get-LabTokenFolder $lab register-1
        Move-Item $home1 "$lab/register-away"
        $second = Initialize-KmsHsm $LabLibrary register-1 -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
        $home2 = Get-LabTokenFolder $lab register-1
        Move-Item "$lab/register-away" $home1
        try {
            $refusal = Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1 }
            $refusal.FullyQualifiedErrorId | Should -Be 'HsmAmbiguous,KmsTools.Commands.RegisterKmsHsmClusterCommand'
            $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Give one of the URIs with -Uri, in quotes.'
            $uris = @([regex]::Matches("$refusal", "'(pkcs11:[^']+)'").ForEach({ $_.Groups[1].Value }))
            $uris | Sort-Object | Should -Be (@($first.Uri, $second.Uri) | Sort-Object)
            (Register-KmsHsmCluster -Uri $uris[0]).Hsms.Uri | Should -Be $uris[0]

            # An HSM in the pipeline is another one than that with its label.
            (Register-KmsHsmCluster $LabLibrary register-1 -SerialNumber $second.SerialNumber).Hsms.Uri | Should -Be $second.Uri
            ($second | Register-KmsHsmCluster).Hsms.Uri | Should -Be $second.Uri
            ($first | Register-KmsHsmCluster).Hsms.Uri | Should -Be $first.Uri
            ($second | Register-KmsHsmCluster -TokenLabel register-2).Hsms.TokenLabel | Should -Be 'register-2'
            "$(Get-ErrorOf { Register-KmsHsmCluster $LabLibrary register-1, register-2 -SerialNumber $second.SerialNumber })" |
                Should -BeExactly '-SerialNumber has one serial number for each label of -TokenLabel.'
            $one = Register-KmsHsmCluster $LabLibrary register-2
            ($second | Add-KmsHsm $one).Uri | Should -Be $second.Uri
            (Add-KmsHsm $one register-1 -SerialNumber $first.SerialNumber).Uri | Should -Be $first.Uri

            $both = Register-KmsHsmCluster -Uri $uris
            $both.ActiveHsmCount | Should -Be 2
            "$(Get-ErrorOf { Remove-KmsHsm $both.ClusterId register-1 -Force })" | Should -BeLike "Cluster * has 2 HSMs with the token label 'register-1'. Give the serial number too: *"
            Get-KmsHsm $both.ClusterId | Where-Object Uri -EQ $second.Uri | Remove-KmsHsm -Force
            (Get-KmsHsm $both.ClusterId).Uri | Should -Be $first.Uri
            (Add-KmsHsm $both.ClusterId -Uri "pkcs11:serial=$($second.SerialNumber)").Uri | Should -Be $second.Uri
        }
        finally {
            Remove-Item -Recurse -Force $home2
        }
    }

    It 'finds a label with trailing blanks' {
        (Register-KmsHsmCluster $LabLibrary 'register-1   ').Hsms.TokenLabel | Should -BeExactly 'register-1'
        (Get-ErrorOf { Register-KmsHsmCluster $LabLibrary ' register-1' }).FullyQualifiedErrorId | Should -BeLike 'HsmNoActiveHsm,*'
    }

    It 'takes a PIN from a URI in a temporary store, and shows it nowhere' {
        $uri = "pkcs11:token=register-2?module-path=$LabLibrary&pin-value=kms%50swd1"
        $said = Register-KmsHsmCluster -Uri $uri -Verbose 4>&1
        $cluster = $said | Where-Object { $_ -is [KmsTools.KeyStores.HsmClusterDescription] }
        $store = New-KmsCustomKeyStore 'by pin value' -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate
        Connect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        $refusal = Get-ErrorOf { Register-KmsHsmCluster -Uri "pkcs11:token=nobody?module-path=$LabLibrary&pin-value=kms%50swd1" }
        $shown = "$said", ($cluster | Format-List * | Out-String), (Get-KmsHsm | Format-List * | Out-String), (Get-KmsEvent | ConvertTo-Json -Depth 9), "$refusal", "$($refusal.TargetObject)", (Export-KmsEstate) -join "`n"
        $shown | Should -Not -Match 'swd1|pin-value'
        Disconnect-KmsCustomKeyStore $store
        Remove-KmsCustomKeyStore $store -Force
    }

    It 'refuses a PIN in a URI in a store that stays, and a URI that is wrong' {
        $null = Connect-Kms -Path (Join-Path $TestDrive stays)
        try {
            $refusal = Get-ErrorOf { Register-KmsHsmCluster -Uri "pkcs11:token=register-2?module-path=$LabLibrary&pin-value=kmsPswd1" }
            "$refusal" | Should -BeLike 'A PIN in a URI (pin-value) is taken in temporary stores only.*'
            "$refusal $($refusal.TargetObject)" | Should -Not -Match 'kmsPswd1'
            "$(Get-ErrorOf { Register-KmsHsmCluster -Uri 'pkcs11:object=key' })" |
                Should -BeExactly "The PKCS#11 URI is not valid: the attribute 'object' names an object in a token. A URI of an HSM names the token alone."
            @(Get-KmsHsmCluster).Count | Should -Be 0
        }
        finally {
            $null = Connect-Kms -Temporary -SimulatedClock
        }
    }

    It 'does not take a URI together with a library' {
        (Get-ErrorOf { Register-KmsHsmCluster -Library $LabLibrary -Uri 'pkcs11:token=register-1' }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
    }
}
