BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsQuota' {
    It 'lists all quotas, with their defaults' {
        $quotas = Get-KmsQuota
        $quotas.Name | Should -Contain 'KeysPerRegion'
        $quotas | Where-Object { $_.Value -ne $_.DefaultValue } | Should -BeNullOrEmpty
    }

    It 'takes names, in any case and with wildcards, and from the pipeline' {
        (Get-KmsQuota tagsPERkey).Value | Should -Be 50
        (Get-KmsQuota *PerKey).Name | Should -Be 'AliasesPerKey', 'GrantsPerKey', 'OnDemandRotationsPerKey', 'TagsPerKey'
        ('GrantsPerKey', 'TagsPerKey' | Get-KmsQuota).Value | Should -Be 50000, 50
    }

    It 'tells the values of a Region' {
        (Get-KmsQuota SymmetricRequests -Region sa-east-1).Value | Should -Be 10000
        (Get-KmsQuota SymmetricRequests -Region us-west-2).Value | Should -Be 100000
    }

    It 'refuses a name that there is not' {
        { Get-KmsQuota Bananas } | Should -Throw -ErrorId 'QuotaNotFound,KmsTools.Commands.GetKmsQuotaCommand'
        Get-KmsQuota Bananas* | Should -BeNullOrEmpty
    }
}
