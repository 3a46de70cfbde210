BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsVpcEndpointService' {
    It 'removes what is piped, and nothing with -WhatIf' {
        $name = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0'
        $null = Set-KmsVpcEndpointService $name
        Get-WhatIf { Remove-KmsVpcEndpointService $name -WhatIf } | Should -BeExactly "What if: Remove the VPC endpoint service $name"
        @(Get-KmsVpcEndpointService).Count | Should -Be 1
        Get-KmsVpcEndpointService | Remove-KmsVpcEndpointService | Should -BeNullOrEmpty
        Get-KmsVpcEndpointService | Should -BeNullOrEmpty
    }

    It 'says so when a service is not registered' {
        Get-ErrorCode (Get-ErrorOf { Remove-KmsVpcEndpointService none }) | Should -Be 'VpcEndpointServiceNotFound'
    }
}
