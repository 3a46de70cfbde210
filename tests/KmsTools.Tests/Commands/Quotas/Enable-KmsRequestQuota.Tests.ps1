BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Enable-KmsRequestQuota' {
    It 'changes nothing with -WhatIf' {
        Enable-KmsRequestQuota -WhatIf
        (Get-KmsQuota DescribeKey).IsEnforced | Should -BeFalse
    }

    It 'throttles calls from then on' {
        Set-KmsQuota DescribeKey 0
        (Get-KmsKey $key.KeyId).KeyId | Should -Be $key.KeyId
        Enable-KmsRequestQuota | Should -BeNullOrEmpty
        (Get-KmsQuota DescribeKey).IsEnforced | Should -BeTrue
        { Get-KmsKey $key.KeyId } | Should -Throw -ErrorId 'ThrottlingException,KmsTools.Commands.GetKmsKeyCommand'
    }
}
