BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'update-store'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Update-KmsCustomKeyStore' {
    It 'renames the store, and writes nothing' {
        Update-KmsCustomKeyStore $store -NewCustomKeyStoreName 'renamed' | Should -BeNullOrEmpty
        (Get-KmsCustomKeyStore $store).CustomKeyStoreName | Should -Be 'renamed'
    }

    It 'changes the password that it connects with' {
        $store | Update-KmsCustomKeyStore -KeyStorePassword 'wrongPswd1'
        Connect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionErrorCode | Should -Be 'INVALID_CREDENTIALS'
        Disconnect-KmsCustomKeyStore $store
        Update-KmsCustomKeyStore $store -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
        Connect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
    }

    It 'does not change the password while it is connected' {
        $refusal = Get-ErrorOf { Update-KmsCustomKeyStore $store -KeyStorePassword 'kmsPswd1' }
        $refusal.FullyQualifiedErrorId | Should -Be 'CustomKeyStoreInvalidStateException,KmsTools.Commands.UpdateKmsCustomKeyStoreCommand'
        $refusal.TargetObject | Should -Be $store
        Disconnect-KmsCustomKeyStore $store
    }

    It 'takes rows by property name' {
        [pscustomobject]@{ CustomKeyStoreId = $store; NewCustomKeyStoreName = 'row' } | Update-KmsCustomKeyStore
        (Get-KmsCustomKeyStore $store).CustomKeyStoreName | Should -Be 'row'
    }

    It 'changes nothing with -WhatIf' {
        Update-KmsCustomKeyStore $store -NewCustomKeyStoreName 'if' -WhatIf
        (Get-KmsCustomKeyStore $store).CustomKeyStoreName | Should -Be 'row'
    }

    It 'keeps the password out of messages and events' {
        Update-KmsCustomKeyStore $store -KeyStorePassword 'hunter2Pswd' -Verbose 4>&1 | Out-String | Should -Not -Match 'hunter2'
        $events = (Get-KmsEvent -EventName UpdateCustomKeyStore).CloudTrailEvent -join "`n"
        $events | Should -Match $store
        $events | Should -Not -Match 'hunter2|wrongPswd1|kmsPswd1'
    }

    It 'refuses a cluster that shares no backup history' {
        $other = New-LabCluster 'update-other'
        $refusal = Get-ErrorOf { Update-KmsCustomKeyStore $store -CloudHsmClusterId $other.ClusterId }
        Get-ErrorCode $refusal | Should -Be 'CloudHsmClusterNotRelatedException'
        (Get-KmsCustomKeyStore $store).CloudHsmClusterId | Should -Not -Be $other.ClusterId
    }
}
