BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $role = 'arn:aws:iam::111122223333:role/deploy'
    $key = New-KmsKey

    function New-Grant { New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Decrypt, DescribeKey }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Revoke-KmsGrant' {
    It 'revokes a grant' {
        $one, $two = (New-Grant), (New-Grant)
        Revoke-KmsGrant $key.KeyId -GrantId $one.GrantId | Should -BeNullOrEmpty
        (Get-KmsGrantList $key.KeyId).GrantId | Should -Be $two.GrantId
    }

    It 'takes what Get-KmsGrantList writes from the pipeline' {
        $null = New-Grant
        Get-KmsGrantList $key.KeyId | Revoke-KmsGrant
        Get-KmsGrantList $key.KeyId | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf, and says with -Verbose who loses what' {
        $grant = New-Grant
        Revoke-KmsGrant $key.KeyId -GrantId $grant.GrantId -WhatIf
        @(Get-KmsGrantList $key.KeyId).Count | Should -Be 1
        Revoke-KmsGrant $key.KeyId -GrantId $grant.GrantId -Verbose 4>&1 |
            Should -BeLike "Revoke grant $($grant.GrantId) on $($key.Arn): $role loses Decrypt, DescribeKey*"
    }

    It 'refuses a grant that does not exist' {
        { Revoke-KmsGrant $key.KeyId -GrantId ('0' * 64) } | Should -Throw -ErrorId 'NotFoundException,KmsTools.Commands.RevokeKmsGrantCommand'
        { Revoke-KmsGrant $key.KeyId -GrantId nonsense } | Should -Throw -ErrorId 'InvalidGrantIdException,*'
    }
}
