BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
}

# That it stops proxies is in Start-KmsXksProxy.Tests.ps1.
Describe 'Stop-KmsXksProxy' {
    It 'does nothing where nothing runs' {
        Stop-KmsXksProxy | Should -BeNullOrEmpty
    }
}
