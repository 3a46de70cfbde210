BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $trust = @{ Statement = @{ Effect = 'Allow'; Principal = @{ AWS = '111122223333' }; Action = 'sts:AssumeRole' } }
    $decrypt = '{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}'
}

Describe 'New-KmsPrincipal' {
    BeforeEach { $null = Connect-Kms -Temporary }
    AfterEach { Disconnect-Kms }

    It 'makes a user, a role and a group' {
        $null = New-KmsPrincipal -GroupName auditors -Policy @{ decrypt = $decrypt }
        $user = New-KmsPrincipal alice -Path /ops/ -Group AUDITORS -PermissionsBoundary $decrypt -Tag @{ TagKey = 'Team'; TagValue = 'Orders' }
        $role = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust -MaxSessionDuration 7200
        $user.Arn, $role.Arn | Should -BeExactly 'arn:aws:iam::111122223333:user/ops/alice', 'arn:aws:iam::111122223333:role/deploy'
        $user.UniqueId, $role.UniqueId | ForEach-Object { $_ | Should -MatchExactly '^A(ID|RO)A[A-Z2-7]{17}$' }
        $user.Groups | Should -BeExactly 'auditors'
        $user.PermissionsBoundary | Should -BeExactly $decrypt
        $user.Tags.TagKey, $user.Tags.TagValue | Should -BeExactly 'Team', 'Orders'
        $role.MaxSessionDuration | Should -Be 7200
        (Get-KmsPrincipal -GroupName auditors).Policies['decrypt'] | Should -BeExactly $decrypt
    }

    It 'takes a policy as <Form>' -ForEach @(
        @{ Form = 'JSON text'; Policy = { $text } }
        @{ Form = 'the lines of a file'; Policy = { Set-Content "$TestDrive/p.json" $text; Get-Content "$TestDrive/p.json" } }
        @{ Form = 'a file'; Policy = { Set-Content "$TestDrive/p.json" $text -NoNewline; Get-Item "$TestDrive/p.json" } }
        @{ Form = 'an object'; Policy = { $text | ConvertFrom-Json } }
        @{ Form = 'a hashtable'; Policy = {
                [ordered] @{ Version = '2012-10-17'; Statement = @([ordered] @{
                            Effect = 'Allow'; Action = 'kms:Sign', 'kms:Verify'; Resource = '*'
                            Condition = [ordered] @{ Bool = @{ 'aws:SecureTransport' = $true }; NumericLessThan = @{ 'kms:RotationPeriodInDays' = 400 } }
                        }) }
            } }
    ) {
        $text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:Sign","kms:Verify"],"Resource":"*",' +
            '"Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"kms:RotationPeriodInDays":400}}}]}'
        (New-KmsPrincipal alice -Policy @{ sign = & $Policy }).Policies['sign'].Trim() | Should -BeExactly $text
    }

    It 'makes users of the rows of a table' {
        'UserName,Path', 'alice,/a/', 'bob,/b/' | ConvertFrom-Csv | New-KmsPrincipal | ForEach-Object Arn |
            Should -BeExactly 'arn:aws:iam::111122223333:user/a/alice', 'arn:aws:iam::111122223333:user/b/bob'
    }

    It 'copies a principal with what limits it, from <What>' -ForEach @(
        @{ What = 'a list'; As = { $_ } }
        @{ What = 'CLIXML'; As = { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($_)) } }
        @{ What = 'JSON'; As = { $_ | ConvertTo-Json -Depth 5 | ConvertFrom-Json } }
    ) {
        $null = New-KmsPrincipal -GroupName auditors -Policy @{ decrypt = $decrypt }
        $null = New-KmsPrincipal alice -Path /ops/ -Group auditors -Policy @{ one = $decrypt } -PermissionsBoundary $decrypt -Tag @{ Team = 'Orders' }
        $null = New-KmsPrincipal plain
        $null = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust -MaxSessionDuration 7200 -PermissionsBoundary $decrypt -Policy @{ two = $decrypt }
        $user = Get-KmsPrincipal alice | ForEach-Object $As | New-KmsPrincipal bob
        $user.Path, $user.PermissionsBoundary | Should -BeExactly '/ops/', $decrypt
        $user.Groups | Should -BeExactly 'auditors'
        $user.Policies['one'] | Should -BeExactly $decrypt
        $user.Tags.TagKey, $user.Tags.TagValue | Should -BeExactly 'Team', 'Orders'
        $role = Get-KmsPrincipal -RoleName deploy | ForEach-Object $As | New-KmsPrincipal -RoleName nightly
        $role.PermissionsBoundary, $role.MaxSessionDuration | Should -Be $decrypt, 7200
        $role.TrustPolicy | Should -BeExactly (Get-KmsPrincipal -RoleName deploy).TrustPolicy
        $role.Policies['two'] | Should -BeExactly $decrypt
        $group = Get-KmsPrincipal -GroupName auditors | ForEach-Object $As | New-KmsPrincipal -GroupName readers
        $group.Policies['decrypt'] | Should -BeExactly $decrypt
        $free = Get-KmsPrincipal plain | ForEach-Object $As | New-KmsPrincipal free
        $free.PermissionsBoundary, $free.Policies.Count, $free.Groups.Count, $free.Tags.Count | Should -Be $null, 0, 0, 0
    }

    It 'refuses a boundary that was not set: <_>' -ForEach { $null }, { '' } {
        "$(try { New-KmsPrincipal alice -PermissionsBoundary (& $_) } catch { $_ })" | Should -BeExactly '-PermissionsBoundary is empty.'
        "$(try { [pscustomobject]@{ UserName = 'alice'; PermissionsBoundary = '' } | New-KmsPrincipal } catch { $_ })" | Should -BeExactly '-PermissionsBoundary is empty.'
        "$(try { [pscustomobject]@{ UserName = 'alice'; Policies = 'a' } | New-KmsPrincipal } catch { $_ })" |
            Should -BeLike '*Policies are given by their names, such as @{ decrypt = Get-Content ./decrypt.json -Raw }, and an object of the type String was given.'
        Get-KmsPrincipal | Should -BeNullOrEmpty
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a name that is taken'; Call = { New-KmsPrincipal ALICE }; Code = 'EntityAlreadyExists'; Category = 'ResourceExists' }
        @{ What = 'a malformed policy'; Call = { New-KmsPrincipal bob -Policy @{ p = '{' } }; Code = 'MalformedPolicyDocument'; Category = 'InvalidArgument' }
        @{ What = 'a malformed name'; Call = { New-KmsPrincipal 'b b' }; Code = 'ValidationError'; Category = 'InvalidArgument' }
        @{ What = 'a group that is not there'; Call = { New-KmsPrincipal bob -Group admin }; Code = 'NoSuchEntity'; Category = 'ObjectNotFound' }
        @{ What = 'a number as a policy'; Call = { New-KmsPrincipal bob -PermissionsBoundary 7 }; Code = 'ParameterArgumentTransformationError'; Category = 'InvalidData' }
    ) {
        $null = New-KmsPrincipal alice
        $null = New-KmsPrincipal -GroupName admins
        $record = try { & $Call } catch { $_ }
        $record.FullyQualifiedErrorId | Should -BeLike "$Code,*"
        $record.CategoryInfo.Category | Should -Be $Category
        if ($Code -eq 'NoSuchEntity') { $record.ErrorDetails.RecommendedAction | Should -BeLike 'Did you mean admins?*' }
        @(Get-KmsPrincipal).Count | Should -Be 2
    }

    It 'makes none with -WhatIf' {
        Get-WhatIf { New-KmsPrincipal alice -WhatIf } | Should -BeExactly 'What if: Create the user alice'
        Get-KmsPrincipal | Should -BeNullOrEmpty
    }

    It 'gives New-KmsAccessKey the ARN of a user with a path' {
        $null = New-KmsPrincipal alice -Path /ops/
        (New-KmsAccessKey ALICE).PrincipalArn | Should -BeExactly 'arn:aws:iam::111122223333:user/ops/alice'
        (Get-KmsPrincipal -UserName alice | New-KmsAccessKey).PrincipalArn | Should -BeExactly 'arn:aws:iam::111122223333:user/ops/alice'
    }
}
