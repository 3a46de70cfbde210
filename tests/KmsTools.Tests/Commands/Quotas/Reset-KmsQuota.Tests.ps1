BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Reset-KmsQuota' {
    It 'gives quotas their defaults back' {
        Set-KmsQuota TagsPerKey 1
        Set-KmsQuota GrantsPerKey 1
        Reset-KmsQuota TagsPerKey | Should -BeNullOrEmpty
        (Get-KmsQuota TagsPerKey).Value | Should -Be 50
        Get-KmsQuota | Where-Object { $_.Value -ne $_.DefaultValue } | Reset-KmsQuota
        (Get-KmsQuota GrantsPerKey).Value | Should -Be 50000
    }

    It 'changes nothing with -WhatIf' {
        Set-KmsQuota CustomKeyStores 1
        Reset-KmsQuota CustomKeyStores -WhatIf
        (Get-KmsQuota CustomKeyStores).Value | Should -Be 1
    }

    It 'refuses a name that there is not' {
        { Reset-KmsQuota Bananas } | Should -Throw -ErrorId 'QuotaNotFound,KmsTools.Commands.ResetKmsQuotaCommand'
    }
}
