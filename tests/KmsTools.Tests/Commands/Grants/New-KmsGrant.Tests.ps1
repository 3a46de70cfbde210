BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
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
