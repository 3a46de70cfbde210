BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $role = 'arn:aws:iam::111122223333:role/deploy'
    $key = New-KmsKey
    $grants = 1..3 | ForEach-Object { New-KmsGrant -KeyId $key.KeyId -GranteePrincipal "$role$_" -Operation Decrypt }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsGrantList' {
    It 'writes every grant, page by page' {
        (Get-KmsGrantList $key.KeyId).GrantId | Should -Be ($grants.GrantId | Sort-Object)
        (Get-KmsGrantList $key.KeyId -MaxItems 1).GrantId | Should -Be ($grants.GrantId | Sort-Object)
        (Get-KmsGrantList $key.KeyId -Limit 2 -NoAutoIteration -Select *).Truncated | Should -BeTrue
    }

    It 'filters by grantee and by ID' {
        (Get-KmsGrantList $key.KeyId -GranteePrincipal "${role}2").GrantId | Should -Be $grants[1].GrantId
        (Get-KMSGrants $key.KeyId -GrantId $grants[2].GrantId).GranteePrincipal | Should -Be "${role}3"
        Get-KmsGrantList $key.KeyId -GranteeServicePrincipal lambda.amazonaws.com | Should -BeNullOrEmpty
    }

    It 'takes keys from the pipeline' {
        @((New-KmsKey), $key | Get-KmsGrantList).Count | Should -Be 3
    }

    It 'completes the IDs of the grants' {
        (TabExpansion2 "Get-KmsGrantList $($key.KeyId) -GrantId ").CompletionMatches.CompletionText | Should -Be ($grants.GrantId | Sort-Object)
    }

    It 'refuses a marker that no page had' {
        { Get-KmsGrantList $key.KeyId -Marker nonsense } | Should -Throw -ErrorId 'InvalidMarkerException,KmsTools.Commands.GetKmsGrantListCommand'
    }
}
