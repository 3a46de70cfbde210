BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsQuota' {
    It 'sets a quota that holds at once, and writes nothing' {
        Set-KmsQuota aliasesperkey 1 | Should -BeNullOrEmpty
        (Get-KmsQuota AliasesPerKey).Value | Should -Be 1
        $key = New-KmsKey
        New-KmsAlias $key.KeyId -AliasName alias/one
        { New-KmsAlias $key.KeyId -AliasName alias/two } | Should -Throw -ErrorId 'LimitExceededException,*'
    }

    It 'takes quotas, and rows of a file, from the pipeline' {
        Get-KmsQuota TagsPerKey | Set-KmsQuota -Value 3
        "Name,Value`nGrantsPerKey,4" | ConvertFrom-Csv | Set-KmsQuota
        (Get-KmsQuota TagsPerKey).Value | Should -Be 3
        (Get-KmsQuota GrantsPerKey).Value | Should -Be 4
        (Set-KmsQuota grantsperkey 5 -PassThru).Value, (Reset-KmsQuota GrantsPerKey -PassThru).Value | Should -Be 5, 50000
    }

    It 'changes nothing with -WhatIf' {
        Set-KmsQuota CustomKeyStores 1 -WhatIf
        (Get-KmsQuota CustomKeyStores).Value | Should -Be 10
    }

    It 'refuses names that there are not, and negative values' {
        { Set-KmsQuota Bananas 1 } | Should -Throw -ErrorId 'QuotaNotFound,KmsTools.Commands.SetKmsQuotaCommand'
        { Set-KmsQuota TagsPerKey -1 } | Should -Throw
    }
}
