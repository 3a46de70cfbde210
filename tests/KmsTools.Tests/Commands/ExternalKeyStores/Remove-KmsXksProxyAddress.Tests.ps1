BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsXksProxyAddress' {
    It 'removes what is named or piped, and nothing with -WhatIf' {
        $null = 'a', 'b', 'c' | Set-KmsXksProxyAddress -Port 8443
        Get-WhatIf { Remove-KmsXksProxyAddress a -WhatIf } |
            Should -BeExactly 'What if: Reach proxies at a at port 443 of that host, and trust the roots of the system'
        @(Get-KmsXksProxyAddress).Count | Should -Be 3
        Remove-KmsXksProxyAddress https://A | Should -BeNullOrEmpty
        Get-KmsXksProxyAddress | Where-Object HostName -NE c | Remove-KmsXksProxyAddress
        (Get-KmsXksProxyAddress).HostName | Should -BeExactly 'c'
        (Get-KmsEvent -EventName RemoveXksProxyAddress).Count | Should -Be 2
    }

    It 'says so when a host has none' {
        Get-ErrorCode (Get-ErrorOf { Remove-KmsXksProxyAddress none }) | Should -Be 'XksProxyAddressNotFound'
    }
}
