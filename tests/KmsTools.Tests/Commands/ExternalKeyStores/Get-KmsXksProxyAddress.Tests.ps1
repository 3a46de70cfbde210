BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = Set-KmsXksProxyAddress xks.example.com -Address 127.0.0.1 -Port 8443
    $null = Set-KmsXksProxyAddress a.example.com -TimeoutInMilliseconds 500
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsXksProxyAddress' {
    It 'gets all in the order of their names, or one in any case' {
        (Get-KmsXksProxyAddress).HostName | Should -BeExactly 'a.example.com', 'xks.example.com'
        (Get-KmsXksProxyAddress https://XKS.example.com).Port | Should -Be 8443
        (Get-KmsXksProxyAddress | Get-KmsXksProxyAddress).HostName | Should -BeExactly 'a.example.com', 'xks.example.com'
    }

    It 'shows them at 80 columns' {
        (Get-KmsXksProxyAddress | Format-Table | Out-String -Width 80 -Stream).TrimEnd() | Where-Object { $_ } | Should -BeExactly @(
            'HostName                         Address              Port  Millisec. Roots'
            '--------                         -------              ----  --------- -----'
            'a.example.com                                         443   500       system'
            'xks.example.com                  127.0.0.1            8443  250       system')
    }

    It 'says so when a host has none, and which one was meant' {
        $refusal = Get-ErrorOf { Get-KmsXksProxyAddress xks.exampel.com }
        Get-ErrorCode $refusal | Should -Be 'XksProxyAddressNotFound'
        $refusal.ErrorDetails.Message | Should -BeExactly "No address is set for proxies at 'xks.exampel.com'."
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Did you mean xks.example.com? Get-KmsXksProxyAddress shows the hosts that have one.'
    }
}
