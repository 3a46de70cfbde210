BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $role = 'arn:aws:iam::111122223333:role/deploy'
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsGrant' {
    It 'makes a grant with constraints, and writes its ID and token' {
        $grant = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Decrypt, DescribeKey -Name deploy `
            -Constraints_EncryptionContextEqual @{ order = '1' } -RetiringPrincipal $role
        $grant.GrantId | Should -Match '^[0-9a-f]{64}$'
        $grant.GrantToken | Should -Not -BeNullOrEmpty
        $listed = Get-KmsGrantList $key.KeyId -GrantId $grant.GrantId
        $listed.GranteePrincipal | Should -Be $role
        $listed.RetiringPrincipal | Should -Be $role
        $listed.Name | Should -Be 'deploy'
        $listed.Operations | Should -Be 'Decrypt', 'DescribeKey'
        $listed.Constraints.EncryptionContextEquals['order'] | Should -Be '1'
        $listed.Constraints.EncryptionContextSubset | Should -BeNullOrEmpty
    }

    It 'makes one grant of the same request with the same name' {
        $first, $second = 1, 2 | ForEach-Object {
            New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Encrypt -Name same -Constraints_EncryptionContextSubset @{ a = 'b' }
        }
        $second.GrantId | Should -Be $first.GrantId
        $second.GrantToken | Should -Not -Be $first.GrantToken
    }

    It 'permits a service in place of a principal' {
        $grant = New-KmsGrant -KeyId $key.KeyId -GranteeServicePrincipal lambda.amazonaws.com -RetiringServicePrincipal lambda.amazonaws.com `
            -Operations Decrypt -Constraints_SourceArn arn:aws:lambda:us-east-1:111122223333:function:app
        $listed = Get-KmsGrantList $key.KeyId -GrantId $grant.GrantId
        $listed.GranteeServicePrincipal | Should -Be 'lambda.amazonaws.com'
        $listed.Constraints.SourceArn | Should -BeLike '*:function:app'
    }

    It 'takes keys from the pipeline by property name' {
        ($key | New-KmsGrant -GranteePrincipal $role -Operation RetireGrant -Select ^KeyId) | Should -Be $key.KeyId
    }

    It 'copies a grant with its constraints from <What>' -ForEach @(
        @{ What = 'a list'; As = { $_ } }
        @{ What = 'CLIXML'; As = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($_)) } }
        @{ What = 'JSON'; As = { $_ | ConvertTo-Json -Depth 5 | ConvertFrom-Json } }
        @{ What = 'JSON in a hashtable'; As = { [pscustomobject] ($_ | ConvertTo-Json -Depth 5 | ConvertFrom-Json -AsHashtable) } }
    ) {
        $from, $to = (New-KmsKey), (New-KmsKey)
        $null = New-KmsGrant $from $role -Operation Decrypt, Encrypt -Constraints_EncryptionContextSubset @{ Tenant = 'a'; b = '' }
        $null = New-KmsGrant $from $role -Operation Decrypt -Name equal -Constraints_EncryptionContextEqual @{ order = '1' } `
            -Constraints_SourceArn arn:aws:lambda:us-east-1:111122223333:function:app -RetiringPrincipal $role
        $null = New-KmsGrant $from $role -Operation DescribeKey -Name free
        $null = Get-KmsGrantList $from | ForEach-Object $As | New-KmsGrant -KeyId $to
        $subset, $equal, $free = Get-KmsGrantList $to | Sort-Object Name
        $subset.Name | Should -BeExactly ''
        $subset.Operations | Should -BeExactly 'Decrypt', 'Encrypt'
        $subset.Constraints.EncryptionContextSubset.Count | Should -Be 2
        $subset.Constraints.EncryptionContextSubset['Tenant'] | Should -BeExactly 'a'
        $subset.Constraints.EncryptionContextSubset['b'] | Should -BeExactly ''
        $subset.Constraints.EncryptionContextEquals | Should -BeNullOrEmpty
        $equal.Constraints.EncryptionContextEquals['order'] | Should -BeExactly '1'
        $equal.Constraints.SourceArn | Should -BeExactly 'arn:aws:lambda:us-east-1:111122223333:function:app'
        $equal.RetiringPrincipal | Should -BeExactly $role
        $free.Constraints | Should -BeNullOrEmpty
    }

    It 'refuses constraints that contradict those of the grant in the pipeline, and takes others in their place' {
        $from, $to = (New-KmsKey), (New-KmsKey)
        $null = New-KmsGrant $from $role -Operation Decrypt -Constraints_EncryptionContextSubset @{ tenant = 'a' }
        $grant = Get-KmsGrantList $from
        foreach ($other in @{ Constraints_EncryptionContextSubset = @{ tenant = 'b' } }, @{ Constraints_EncryptionContextSubset = @{ tenant = 'a'; more = 'b' } },
            @{ Constraints_EncryptionContextSubset = @{ Tenant = 'a' } }, @{ Constraints_EncryptionContextSubset = @{} },
            @{ Constraints_EncryptionContextEqual = @{ tenant = 'a' } }, @{ Constraints_SourceArn = 'arn:aws:lambda:us-east-1:111122223333:function:app' }) {
            "$(Get-ErrorOf { $grant | New-KmsGrant -KeyId $to @other })" | Should -BeExactly (
                "-$($other.Keys) contradicts -Constraint, which also takes the constraints of a grant in the pipeline. To replace these, give -Constraint alone.")
        }
        Get-KmsGrantList $to | Should -BeNullOrEmpty
        $null = $grant | New-KmsGrant -KeyId $to -Name same -Constraints_EncryptionContextSubset @{ tenant = 'a' }
        $null = $grant | New-KmsGrant -KeyId $to -Name other -Constraint @{ EncryptionContextEquals = @{ tenant = 'b' } }
        $other, $same = Get-KmsGrantList $to | Sort-Object Name
        $same.Constraints.EncryptionContextSubset['tenant'] | Should -BeExactly 'a'
        $other.Constraints.EncryptionContextEquals['tenant'] | Should -BeExactly 'b'
        $other.Constraints.EncryptionContextSubset | Should -BeNullOrEmpty
    }

    It 'refuses as constraints <What>' -ForEach @(
        @{ What = 'a text, such as that of a row'; Value = { 'KmsTools.GrantConstraints' }; Says = "The constraints of a grant are asked for, such as @{ EncryptionContextSubset = @{ tenant = 'a' } }, and an object of the type String was given." }
        @{ What = 'a key'; Value = { $key }; Says = "The constraints of a grant are asked for, such as @{ EncryptionContextSubset = @{ tenant = 'a' } }, and an object of the type KeyMetadata was given." }
        @{ What = 'a misspelt member'; Value = { @{ EncryptionContextSubsets = @{ a = 'b' } } }; Says = "'EncryptionContextSubsets' is not a constraint of a grant. EncryptionContextEquals, EncryptionContextSubset and SourceArn are." }
        @{ What = 'a context that is text'; Value = { @{ EncryptionContextSubset = 'a=b' } }; Says = "Names with their values are asked for, such as @{ tenant = 'a' }, and an object of the type String was given." }
        @{ What = 'a value that is not text'; Value = { @{ EncryptionContextEquals = @{ a = 1 } } }; Says = "The value of 'a' in -EncryptionContextEquals is not a string but Int32. Put it in quotes." }
        @{ What = 'a source that is not text'; Value = { @{ SourceArn = @{ a = 1 } } }; Says = 'The SourceArn of constraints is text.' }
    ) {
        $value = & $Value
        $target = New-KmsKey
        "$(Get-ErrorOf { New-KmsGrant $target $role -Operation Decrypt -Constraint $value })" | Should -BeLike ('*' + [WildcardPattern]::Escape($Says))
        $row = [pscustomobject]@{ KeyId = $target.KeyId; GranteePrincipal = $role; Operations = 'Decrypt'; Constraints = $value }
        "$(Get-ErrorOf { $row | New-KmsGrant })" | Should -BeLike ('*' + [WildcardPattern]::Escape($Says))
        Get-KmsGrantList $target | Should -BeNullOrEmpty
    }

    It 'makes nothing with -WhatIf, and says with -Verbose who gets what' {
        $other = New-KmsKey
        New-KmsGrant -KeyId $other.KeyId -GranteePrincipal $role -Operation Decrypt -WhatIf
        Get-KmsGrantList $other.KeyId | Should -BeNullOrEmpty
        New-KmsGrant -KeyId $other.KeyId -GranteePrincipal $role -Operation Decrypt, Encrypt -Verbose 4>&1 | Select-Object -First 1 |
            Should -BeLike "Permit $role Decrypt, Encrypt with $($other.Arn)*"
    }

    It 'refuses operations that the key does not have' {
        { New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Sign } |
            Should -Throw -ErrorId 'ValidationException,KmsTools.Commands.NewKmsGrantCommand'
    }

    It 'refuses with -DryRun what would have worked' {
        { New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Decrypt -DryRun $true } | Should -Throw -ErrorId 'DryRunOperationException,*'
    }
}
