BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsAuthorization' {
    It 'writes the settings of a new store' {
        $settings = Get-KmsAuthorization
        "$($settings.Mode) $($settings.DirectUseOfAwsManagedKeys)" | Should -BeExactly 'Enforce False'
        $settings.ServiceControlPolicies.Length, $settings.ResourceControlPolicies.Length | Should -Be 0, 0
    }
}
