BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $null = New-KmsPrincipal alice
    $null = New-KmsPrincipal -GroupName admins
}

AfterAll {
    Disconnect-Kms
}

Describe 'Add-KmsPrincipalPolicy' {
    It 'adds a policy, and replaces the one of its name' {
        (Add-KmsPrincipalPolicy alice -PolicyName p -Policy @{ Statement = @() }).Policies['p'] | Should -BeExactly '{"Statement":[]}'
        $null = Get-KmsPrincipal | Add-KmsPrincipalPolicy -PolicyName p -Policy @{ Id = 'é'; Statement = @() }
        (Get-KmsPrincipal).ForEach({ $_.Policies.Keys }) | Should -BeExactly 'p', 'p'
        (Get-KmsPrincipal alice).Policies['p'] | ConvertFrom-Json | ForEach-Object Id | Should -BeExactly 'é'
    }

    It 'refuses a policy that is too long: <Size>' -ForEach @(@{ Size = 2048; Fits = $true }, @{ Size = 2049; Fits = $false }) {
        $text = '{"Id":"' + 'x' * ($Size - '{"Id":"","Statement":[]}'.Length) + '","Statement":[]}'
        $null = New-KmsPrincipal "user$Size"
        if ($Fits) {
            (Add-KmsPrincipalPolicy "user$Size" -PolicyName p -Policy $text).Policies['p'].Length | Should -Be $Size
        }
        else {
            { Add-KmsPrincipalPolicy "user$Size" -PolicyName p -Policy $text } | Should -Throw 'Maximum policy size of 2048 bytes exceeded for user user2049' -ErrorId 'LimitExceeded,*'
        }
    }

    It 'adds none with -WhatIf' {
        Get-WhatIf { Add-KmsPrincipalPolicy alice -PolicyName q -Policy '{"Statement":[]}' -WhatIf } |
            Should -BeExactly 'What if: Give user alice the policy q'
        (Get-KmsPrincipal alice).Policies.Keys | Should -Not -Contain 'q'
    }
}
