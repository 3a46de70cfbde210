BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $connection = Connect-Kms -Temporary
}

AfterAll {
    Get-KmsEndpoint | Stop-KmsEndpoint
    Disconnect-Kms
}

# What endpoints serve is in Endpoint.Tests.ps1.
Describe 'Start-KmsEndpoint' {
    It 'starts nothing with -WhatIf' {
        Get-WhatIf { Start-KmsEndpoint -WhatIf } | Should -BeLike "What if: *$($connection.Path)*"
        Get-KmsEndpoint | Should -BeNullOrEmpty
    }

    It 'serves the store of the session on a port of its own' {
        $endpoint = Start-KmsEndpoint
        $endpoint.Store | Should -BeExactly $connection.Path
        $endpoint.Url | Should -Match '^http://127\.0\.0\.1:\d+$'
        $endpoint.IsRunning | Should -BeTrue
        $endpoint.ProcessId | Should -Not -Be $PID
    }
}
