BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $everything = @{ Statement = @{ Effect = 'Allow'; Action = '*'; Resource = '*' } }
    $deny = '{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*"}}'
}

Describe 'Set-KmsAuthorization' {
    BeforeEach { $null = Connect-Kms -Path (Join-Path $TestDrive ([guid]::NewGuid())) }
    AfterEach { Disconnect-Kms }

    It 'changes the mode, which the connection shows, and keeps the rest' {
        (Get-KmsConnection).AuthorizationMode | Should -Be 'Enforce'
        $null = Set-KmsAuthorization -AllowDirectUseOfAwsManagedKeys $true
        $changed = Set-KmsAuthorization -Mode Record
        "$($changed.Mode) $($changed.DirectUseOfAwsManagedKeys)" | Should -BeExactly 'Record True'
        (Get-KmsConnection).AuthorizationMode | Should -Be 'Record'
        Get-KmsConnection | Format-List | Out-String | Should -Match '(?m)^Authorization +: Record'
    }

    It 'has Connect-Kms say once how a store in the mode Record gets out of it' {
        $null = Set-KmsAuthorization Record
        $path = (Get-KmsConnection).Path
        Disconnect-Kms
        $warnings = Connect-Kms -Path $path 3>&1 | Where-Object { $_ -is [Management.Automation.WarningRecord] }
        $warnings.Message | Should -BeExactly 'This store records calls that are not allowed, and lets them pass. To refuse them: Set-KmsAuthorization -Mode Enforce'
        $null = Set-KmsAuthorization Enforce
        Disconnect-Kms
        Connect-Kms -Path $path 3>&1 | Should -BeOfType ([KmsTools.KmsConnection])
    }

    It 'takes one level of service control policies or several' {
        $one = Set-KmsAuthorization -ServiceControlPolicy $everything, '{"Statement":[]}'
        $one.ServiceControlPolicies.Length, $one.ServiceControlPolicies[0].Length | Should -Be 1, 2
        $two = Set-KmsAuthorization -ServiceControlPolicy @($everything), @($everything, '{"Statement":[]}')
        $two.ServiceControlPolicies.ForEach({ $_.Length }) | Should -Be 1, 2
        $two.ServiceControlPolicies[1][1] | Should -BeExactly '{"Statement":[]}'
        (Set-KmsAuthorization -ServiceControlPolicy $everything).ServiceControlPolicies.ForEach({ $_.Length }) | Should -Be 1
        (Set-KmsAuthorization -ServiceControlPolicy @()).ServiceControlPolicies.Length | Should -Be 0
    }

    It 'takes resource control policies, which only deny' {
        (Set-KmsAuthorization -ResourceControlPolicy $deny, $deny).ResourceControlPolicies | Should -BeExactly $deny, $deny
        { Set-KmsAuthorization -Mode Off -ResourceControlPolicy $everything } | Should -Throw -ErrorId 'MalformedPolicyDocument,*'
        (Get-KmsAuthorization).Mode | Should -Be 'Enforce'
        (Get-KmsAuthorization | Format-Table | Out-String -Width 80 -Stream | Where-Object Length)[2] | Should -BeLike 'Enforce services only* 2 policies'
    }

    It 'changes nothing with -WhatIf' {
        Get-WhatIf { Set-KmsAuthorization Off -ResourceControlPolicy @() -WhatIf } |
            Should -BeExactly "What if: Change the authorization of the store: mode Off, ResourceControlPolicy"
        (Get-KmsAuthorization).Mode | Should -Be 'Enforce'
    }
}
