BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $connection = Connect-Kms -Temporary
}

AfterAll {
    Get-KmsEndpoint | Stop-KmsEndpoint
    Disconnect-Kms
}

Describe 'Stop-KmsEndpoint' {
    It 'stops nothing with -WhatIf' {
        $endpoint = Start-KmsEndpoint
        Get-WhatIf { $endpoint | Stop-KmsEndpoint -WhatIf } | Should -BeExactly "What if: Stop the endpoint $($endpoint.Url): its clients lose the store in $($endpoint.Store)"
        $endpoint.IsRunning | Should -BeTrue
        $endpoint | Stop-KmsEndpoint
    }

    It 'stops what Get-KmsEndpoint writes, with its process' {
        $endpoint = Start-KmsEndpoint
        Get-KmsEndpoint | Stop-KmsEndpoint
        $endpoint.IsRunning | Should -BeFalse
        Get-KmsEndpoint | Should -BeNullOrEmpty
        Get-Process -Id $endpoint.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}
