BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
}

# What proxies of the session it shows is in Start-KmsXksProxy.Tests.ps1.
Describe 'Get-KmsXksProxy' {
    It 'shows nothing where nothing runs, and needs no store' {
        Get-KmsXksProxy | Should -BeNullOrEmpty
    }
}
