BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $missing = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyPolicyList' {
    It 'writes the one name there is' {
        Get-KmsKeyPolicyList $key.KeyId | Should -Be 'default'
        $key | Get-KMSKeyPolicies | Should -Be 'default'
    }

    It 'refuses a key that does not exist' {
        { Get-KmsKeyPolicyList $missing } | Should -Throw -ErrorId 'NotFoundException,KmsTools.Commands.GetKmsKeyPolicyListCommand'
    }
}
