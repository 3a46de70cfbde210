BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $trust = @{ Statement = @{ Effect = 'Allow'; Principal = @{ AWS = '*' }; Action = 'sts:AssumeRole' } }
    $null = New-KmsPrincipal app1
    $null = New-KmsPrincipal app2 -Path /ops/
    $null = New-KmsPrincipal -RoleName app1 -TrustPolicy $trust
    $null = New-KmsPrincipal -GroupName admins
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsPrincipal' {
    It 'writes all, by type and name' {
        (Get-KmsPrincipal).ForEach({ "$($_.Type) $($_.Name)" }) | Should -BeExactly 'Group admins', 'Role app1', 'User app1', 'User app2'
    }

    It 'writes those of a name, with wildcards and in any case' {
        (Get-KmsPrincipal APP1).Arn | Should -BeExactly 'arn:aws:iam::111122223333:user/app1'
        (Get-KmsPrincipal -UserName app*).Name | Should -BeExactly 'app1', 'app2'
        (Get-KmsPrincipal -RoleName *).Arn | Should -BeExactly 'arn:aws:iam::111122223333:role/app1'
        Get-KmsPrincipal -GroupName app* | Should -BeNullOrEmpty
    }

    It 'writes the one of an ARN, also from the pipeline' {
        (Get-KmsPrincipal -PrincipalArn arn:aws:iam::111122223333:user/ops/app2).Name | Should -BeExactly 'app2'
        (Get-KmsPrincipal | Get-KmsPrincipal).Count | Should -Be 4
        (New-KmsAccessKey app2 | Get-KmsPrincipal).Arn | Should -BeExactly 'arn:aws:iam::111122223333:user/ops/app2'
    }

    It 'refuses what is not there, with the nearest name' {
        $record = try { Get-KmsPrincipal app3 } catch { $_ }
        $record.FullyQualifiedErrorId | Should -BeExactly 'PrincipalNotFound,KmsTools.Commands.GetKmsPrincipalCommand'
        $record.ErrorDetails.Message | Should -BeExactly 'There is no user app3.'
        $record.ErrorDetails.RecommendedAction | Should -BeLike 'Did you mean app?? Get-KmsPrincipal shows *'
        { Get-KmsPrincipal -PrincipalArn arn:aws:iam::111122223333:user/app2 } | Should -Throw -ExceptionType ([Management.Automation.ItemNotFoundException])
    }

    It 'fits 80 columns' {
        $lines = Get-KmsPrincipal | Format-Table | Out-String -Width 80 -Stream | Where-Object Length
        $lines[0] | Should -BeLike 'Type  Name                 Policies             Groups           Boundary*'
        $lines[0].Length | Should -BeLessOrEqual 80
    }
}
