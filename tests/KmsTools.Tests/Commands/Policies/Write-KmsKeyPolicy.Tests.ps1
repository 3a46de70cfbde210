BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    $policy = (Get-KmsKeyPolicy $key.KeyId).Replace('key-default-1', 'changed')
}

AfterAll {
    Disconnect-Kms
}

Describe 'Write-KmsKeyPolicy' {
    It 'replaces the policy and writes nothing' {
        Write-KmsKeyPolicy $key.KeyId -Policy $policy | Should -BeNullOrEmpty
        (Get-KmsKeyPolicy $key.KeyId | ConvertFrom-Json).Id | Should -Be 'changed'
    }

    It 'takes keys from the pipeline' {
        $keys = (New-KmsKey), (New-KmsKey)
        $keys | Write-KmsKeyPolicy -PolicyName default -Policy $policy
        ($keys | Get-KmsKeyPolicy | ConvertFrom-Json).Id | Should -Be 'changed', 'changed'
    }

    It 'changes nothing with -WhatIf, and says with -Verbose what is lost' {
        $other = New-KmsKey
        Write-KmsKeyPolicy $other.KeyId -Policy $policy -WhatIf
        (Get-KmsKeyPolicy $other.KeyId | ConvertFrom-Json).Id | Should -Be 'key-default-1'
        Write-KmsKeyPolicy $other.KeyId -Policy $policy -Verbose 4>&1 | Should -BeLike "Replace the key policy of $($other.Arn): the present policy is lost*"
    }

    It 'refuses what is no policy' {
        { Write-KmsKeyPolicy $key.KeyId -Policy '{' } | Should -Throw -ErrorId 'MalformedPolicyDocumentException,KmsTools.Commands.WriteKmsKeyPolicyCommand'
    }

    It 'refuses a policy that locks its owner out, unless it is told to take it' {
        $locked = $policy.Replace('kms:*', 'kms:GetKeyPolicy')
        { Write-KmsKeyPolicy $key.KeyId -Policy $locked } | Should -Throw -ErrorId 'MalformedPolicyDocumentException,*'
        Write-KmsKeyPolicy $key.KeyId -Policy $locked -BypassPolicyLockoutSafetyCheck $true
        Get-KmsKeyPolicy $key.KeyId | Should -BeLike '*kms:GetKeyPolicy*'
    }
}
