BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Add-KmsResourceTag' {
    It 'adds tags given as hashtables, changes those that are there, and writes nothing' {
        Add-KmsResourceTag $key.KeyId -Tag @{ TagKey = 'Team'; TagValue = 'Orders' }, @{ TagKey = 'Stage'; TagValue = 'Test' } | Should -BeNullOrEmpty
        Add-KmsResourceTag $key.KeyId -Tag @{ TagKey = 'Team'; TagValue = 'Billing' }
        Get-KmsResourceTag $key.KeyId | ForEach-Object { "$($_.TagKey)=$($_.TagValue)" } | Should -Be 'Stage=Test', 'Team=Billing'
    }

    It 'takes keys from the pipeline' {
        $keys = (New-KmsKey), (New-KmsKey)
        $keys | Add-KmsResourceTag -Tags @{ TagKey = 'Piped'; TagValue = '' }
        ($keys | Get-KmsResourceTag).TagKey | Should -Be 'Piped', 'Piped'
    }

    It 'copies what Get-KmsResourceTag writes' {
        $from, $to = (New-KmsKey -Tag @{ TagKey = 'a'; TagValue = '1' }), (New-KmsKey)
        Add-KmsResourceTag $to.KeyId -Tag (Get-KmsResourceTag $from.KeyId)
        (Get-KmsResourceTag $to.KeyId).TagValue | Should -Be '1'
    }

    It 'changes nothing with -WhatIf, and names the key and the tag with -Verbose' {
        $other = New-KmsKey
        Add-KmsResourceTag $other.KeyId -Tag @{ TagKey = 'a'; TagValue = 'b' } -WhatIf
        Get-KmsResourceTag $other.KeyId | Should -BeNullOrEmpty
        Add-KmsResourceTag $other.KeyId -Tag @{ TagKey = 'a'; TagValue = 'b' } -Verbose 4>&1 | Should -BeLike "Tag $($other.Arn) with a = 'b'*"
    }

    It 'refuses reserved tags' {
        { Add-KmsResourceTag $key.KeyId -Tag @{ TagKey = 'aws:x'; TagValue = '1' } } |
            Should -Throw -ErrorId 'TagException,KmsTools.Commands.AddKmsResourceTagCommand'
    }
}
