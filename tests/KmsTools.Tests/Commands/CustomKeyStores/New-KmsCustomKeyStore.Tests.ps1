BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $cluster = New-LabCluster 'new-store'
    $new = @{ CloudHsmClusterId = $cluster.ClusterId; TrustAnchorCertificate = $cluster.TrustAnchorCertificate }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'New-KmsCustomKeyStore' {
    AfterEach {
        Get-KmsCustomKeyStore | Remove-KmsCustomKeyStore -Force
    }

    It 'writes the ID' {
        $id = New-KmsCustomKeyStore payroll @new -KeyStorePassword 'kmsPswd1'
        $id | Should -BeOfType string
        $id | Should -Match '^cks-[0-9a-f]{17}$'
        (Get-KmsCustomKeyStore $id).CustomKeyStoreName | Should -Be 'payroll'
    }

    It 'takes the password as <Kind>' -ForEach @(
        @{ Kind = 'SecureString'; Password = { ConvertTo-LabPin 'kmsPswd1' } }
        @{ Kind = 'credential'; Password = { [pscredential]::new('kmsuser', (ConvertTo-LabPin 'kmsPswd1')) } }
        @{ Kind = 'text'; Password = { 'kmsPswd1' } }
    ) {
        $id = New-KmsCustomKeyStore payroll @new -KeyStorePassword (& $Password)
        Connect-KmsCustomKeyStore $id
        (Get-KmsCustomKeyStore $id).ConnectionState | Should -Be 'CONNECTED'
        Disconnect-KmsCustomKeyStore $id
    }

    It 'takes the name from the pipeline' {
        'piped' | New-KmsCustomKeyStore @new -KeyStorePassword 'kmsPswd1' -Select ^CustomKeyStoreName | Should -Be 'piped'
        (Get-KmsCustomKeyStore).CustomKeyStoreName | Should -Be 'piped'
    }

    It 'keeps the password out of messages, errors and events' {
        $said = New-KmsCustomKeyStore payroll @new -KeyStorePassword 'hunter2Pswd' -Verbose 4>&1
        "$said" | Should -BeLike "Create custom key store 'payroll' on $($cluster.ClusterId)*"
        "$said" | Should -Not -Match 'hunter2'
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore payroll @new -KeyStorePassword ('hunter2' * 5) }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        "$($refusal.Exception.Message) $($refusal.ErrorDetails)" | Should -Not -Match 'hunter2'
        $events = (Get-KmsEvent -EventName CreateCustomKeyStore).CloudTrailEvent -join "`n"
        $events | Should -Match $cluster.ClusterId
        $events | Should -Not -Match 'hunter2|kmsPswd1'
    }

    It 'creates nothing with -WhatIf' {
        New-KmsCustomKeyStore payroll @new -KeyStorePassword 'kmsPswd1' -WhatIf | Should -BeNullOrEmpty
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
    }

    It 'refuses a cluster that is not registered' {
        $refusal = Get-ErrorOf {
            New-KmsCustomKeyStore payroll -CloudHsmClusterId cluster-abcdefghijk -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        }
        $refusal.FullyQualifiedErrorId | Should -Be 'CloudHsmClusterNotFoundException,KmsTools.Commands.NewKmsCustomKeyStoreCommand'
        $refusal.TargetObject | Should -Be 'payroll'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Register-KmsHsmCluster *'
    }

    It 'refuses another certificate, a cluster in use and a name in use' {
        Get-ErrorCode (Get-ErrorOf { New-KmsCustomKeyStore payroll -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate x -KeyStorePassword 'kmsPswd1' }) |
            Should -Be 'IncorrectTrustAnchorException'
        $null = New-KmsCustomKeyStore payroll @new -KeyStorePassword 'kmsPswd1'
        Get-ErrorCode (Get-ErrorOf { New-KmsCustomKeyStore second @new -KeyStorePassword 'kmsPswd1' }) | Should -Be 'CloudHsmClusterInUseException'
        Get-ErrorCode (Get-ErrorOf { New-KmsCustomKeyStore payroll @new -KeyStorePassword 'other1Pswd' }) | Should -Be 'CustomKeyStoreNameInUseException'
    }
}
