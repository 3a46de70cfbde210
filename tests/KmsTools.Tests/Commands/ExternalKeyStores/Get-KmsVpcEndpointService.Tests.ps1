BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $first, $second = 0, 1 | ForEach-Object { "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef$_" }
    $null = Set-KmsVpcEndpointService $second b.example.com
    $null = Set-KmsVpcEndpointService $first a.example.com
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsVpcEndpointService' {
    It 'gets all in the order of their names, or one' {
        (Get-KmsVpcEndpointService).ServiceName | Should -BeExactly $first, $second
        (Get-KmsVpcEndpointService $second).PrivateDnsName | Should -BeExactly 'b.example.com'
        (TabExpansion2 'Get-KmsVpcEndpointService com').CompletionMatches.ToolTip | Should -BeExactly 'a.example.com', 'b.example.com'
        (TabExpansion2 'New-KmsCustomKeyStore x -XksProxyVpcEndpointServiceName com').CompletionMatches.CompletionText | Should -BeExactly $first, $second
    }

    It 'shows them at 80 columns' {
        (Get-KmsVpcEndpointService | Format-Table | Out-String -Width 80 -Stream).TrimEnd() | Where-Object { $_ } | Should -BeExactly @(
            'ServiceName                                             PrivateDnsName'
            '-----------                                             --------------'
            'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 a.example.com'
            'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef1 b.example.com')
    }

    It 'says so when a service is not registered' {
        $refusal = Get-ErrorOf { Get-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef2 }
        Get-ErrorCode $refusal | Should -Be 'VpcEndpointServiceNotFound'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Did you mean com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef?? Get-KmsVpcEndpointService shows the services.'
    }
}
