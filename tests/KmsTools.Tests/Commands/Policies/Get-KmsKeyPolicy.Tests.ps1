BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyPolicy' {
    It 'writes the document' {
        $policy = Get-KmsKeyPolicy $key.KeyId
        $policy | Should -BeOfType string
        ($policy | ConvertFrom-Json).Statement.Principal.AWS | Should -Be 'arn:aws:iam::111122223333:root'
    }

    It 'takes keys from the pipeline, and writes the name too with -Select *' {
        ($key | Get-KmsKeyPolicy -Select *).PolicyName | Should -Be 'default'
    }

    It 'refuses another name' {
        { Get-KmsKeyPolicy $key.KeyId -PolicyName other } | Should -Throw -ErrorId 'NotFoundException,KmsTools.Commands.GetKmsKeyPolicyCommand'
    }
}
