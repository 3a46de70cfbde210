BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsResourceTag' {
    It 'removes tags and leaves the others' {
        $key = New-KmsKey -Tag @{ TagKey = 'a'; TagValue = '1' }, @{ TagKey = 'b'; TagValue = '2' }, @{ TagKey = 'c'; TagValue = '3' }
        Remove-KmsResourceTag $key.KeyId -TagKey a, c, none -Force | Should -BeNullOrEmpty
        (Get-KmsResourceTag $key.KeyId).TagKey | Should -Be 'b'
    }

    It 'takes keys from the pipeline' {
        $keys = 1, 2 | ForEach-Object { New-KmsKey -Tag @{ TagKey = 'a'; TagValue = '1' } }
        $keys | Remove-KmsResourceTag -TagKeys a -Force
        $keys | Get-KmsResourceTag | Should -BeNullOrEmpty
    }

    It 'removes nothing with -WhatIf, not even with -Force' {
        $key = New-KmsKey -Tag @{ TagKey = 'a'; TagValue = '1' }
        Remove-KmsResourceTag $key.KeyId -TagKey a -WhatIf -Force
        (Get-KmsResourceTag $key.KeyId).TagKey | Should -Be 'a'
        Remove-KmsResourceTag $key.KeyId -TagKey a -Confirm:$false -Verbose 4>&1 | Should -BeLike "Remove from $($key.Arn) the tags a*"
    }

    It 'completes the tags of the key' {
        $key = New-KmsKey -Tag @{ TagKey = 'Team'; TagValue = 'Orders' }
        (TabExpansion2 "Remove-KmsResourceTag $($key.KeyId) -TagKey ").CompletionMatches.CompletionText | Should -Be 'Team'
    }

    It 'refuses an alias: tags belong to a key' {
        { Remove-KmsResourceTag alias/none -TagKey a -Force } | Should -Throw -ErrorId 'InvalidArnException,KmsTools.Commands.RemoveKmsResourceTagCommand'
    }
}
