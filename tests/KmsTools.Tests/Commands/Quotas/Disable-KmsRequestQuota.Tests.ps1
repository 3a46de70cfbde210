BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    Set-KmsQuota DescribeKey 0
    Enable-KmsRequestQuota
}

AfterAll {
    Disconnect-Kms
}

Describe 'Disable-KmsRequestQuota' {
    It 'changes nothing with -WhatIf' {
        Disable-KmsRequestQuota -WhatIf
        (Get-KmsQuota DescribeKey).IsEnforced | Should -BeTrue
    }

    It 'throttles no call from then on' {
        Disable-KmsRequestQuota | Should -BeNullOrEmpty
        (Get-KmsQuota DescribeKey).IsEnforced | Should -BeFalse
        (Get-KmsKey $key.KeyId).KeyId | Should -Be $key.KeyId
    }
}
