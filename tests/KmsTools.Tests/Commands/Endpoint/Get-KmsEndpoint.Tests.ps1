BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $connection = Connect-Kms -Temporary
}

AfterAll {
    Get-KmsEndpoint | Stop-KmsEndpoint
    Disconnect-Kms
}

Describe 'Get-KmsEndpoint' {
    It 'shows nothing where nothing runs' {
        Get-KmsEndpoint | Should -BeNullOrEmpty
    }

    It 'shows the endpoints of the session, and no longer when they have ended' {
        $first, $second = (Start-KmsEndpoint), (Start-KmsEndpoint)
        (Get-KmsEndpoint).Url | Sort-Object | Should -Be ($first.Url, $second.Url | Sort-Object)
        Stop-KmsEndpoint $first
        (Get-KmsEndpoint).Url | Should -Be $second.Url
    }
}
