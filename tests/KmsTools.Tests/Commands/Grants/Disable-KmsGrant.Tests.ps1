BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $role = 'arn:aws:iam::111122223333:role/deploy'
    $key = New-KmsKey

    function New-Grant { New-KmsGrant -KeyId $key.KeyId -GranteePrincipal $role -Operation Decrypt }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Disable-KmsGrant' {
    It 'retires by grant token, or by key and ID' {
        $one, $two = (New-Grant), (New-Grant)
        Disable-KmsGrant -GrantToken $one.GrantToken | Should -BeNullOrEmpty
        Disable-KmsGrant -KeyId $key.KeyId -GrantId $two.GrantId
        Get-KmsGrantList $key.KeyId | Should -BeNullOrEmpty
    }

    It 'takes what Get-KmsGrantList and New-KmsGrant write from the pipeline' {
        $null = New-Grant
        Get-KmsGrantList $key.KeyId | Disable-KmsGrant
        New-Grant | Select-Object GrantToken | Disable-KmsGrant
        Get-KmsGrantList $key.KeyId | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf, and says with -Verbose who loses what' {
        $grant = New-Grant
        Disable-KmsGrant -GrantToken $grant.GrantToken -WhatIf
        @(Get-KmsGrantList $key.KeyId).Count | Should -Be 1
        Disable-KmsGrant -KeyId $key.KeyId -GrantId $grant.GrantId -Verbose 4>&1 |
            Should -BeLike "Retire grant $($grant.GrantId) on $($key.Arn): $role loses Decrypt*"
    }

    It 'refuses a token that is none, without showing it' {
        { Disable-KmsGrant -GrantToken nonsense } | Should -Throw -ErrorId 'InvalidGrantTokenException,KmsTools.Commands.DisableKmsGrantCommand'
        { Disable-KmsGrant -KeyId $key.KeyId } | Should -Throw -ErrorId 'ValidationException,*'
    }
}
