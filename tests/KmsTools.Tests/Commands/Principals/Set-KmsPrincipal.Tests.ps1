BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $trust = @{ Statement = @{ Effect = 'Allow'; Principal = @{ AWS = '*' }; Action = 'sts:AssumeRole' } }
    $null = New-KmsPrincipal -GroupName admins
    $null = New-KmsPrincipal alice -Group admins -Tag @{ TagKey = 'a'; TagValue = '1' } -PermissionsBoundary '{"Statement":[]}'
    $null = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsPrincipal' {
    It 'changes what is given and keeps the rest' {
        $changed = Set-KmsPrincipal alice -Tag @{ TagKey = 'b'; TagValue = '2' }, @{ TagKey = 'c'; TagValue = '3' }
        $changed.Tags.TagKey | Should -BeExactly 'b', 'c'
        $changed.Groups | Should -BeExactly 'admins'
        $changed.PermissionsBoundary | Should -BeExactly '{"Statement":[]}'
        $changed = Get-KmsPrincipal -UserName alice | Set-KmsPrincipal -Group @() -Tag @() -PermissionsBoundary ''
        $changed.Groups | Should -BeNullOrEmpty
        $changed.Tags | Should -BeNullOrEmpty
        $changed.PermissionsBoundary | Should -BeNullOrEmpty
    }

    It 'changes the trust policy and the sessions of a role, and not those of a user' {
        $changed = Set-KmsPrincipal -RoleName deploy -TrustPolicy '{"Statement":[]}' -MaxSessionDuration 43200
        $changed.TrustPolicy, $changed.MaxSessionDuration | Should -Be '{"Statement":[]}', 43200
        { Set-KmsPrincipal alice -TrustPolicy '{"Statement":[]}' } | Should -Throw 'Only roles have a trust policy.' -ErrorId 'ValidationError,*'
        { Set-KmsPrincipal nobody -Tag @() } | Should -Throw 'The user with name nobody cannot be found.' -ErrorId 'NoSuchEntity,*'
    }

    It 'changes nothing with -WhatIf' {
        Get-WhatIf { Set-KmsPrincipal alice -Group admins -WhatIf } | Should -BeExactly 'What if: Change Group of user alice'
        (Get-KmsPrincipal alice).Groups | Should -BeNullOrEmpty
    }
}
