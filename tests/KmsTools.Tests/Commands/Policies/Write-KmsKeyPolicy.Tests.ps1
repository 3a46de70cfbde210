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

    It 'takes a policy as a file, its lines, an object and a hashtable, as others that take one' {
        $id = 0
        Set-Content "$TestDrive/policy.json" $policy
        foreach ($form in (Get-Item "$TestDrive/policy.json"), (Get-Content "$TestDrive/policy.json"), ($policy | ConvertFrom-Json), ($policy | ConvertFrom-Json -AsHashtable)) {
            Write-KmsKeyPolicy $key.KeyId -Policy $policy.Replace('changed', "before-$($id++)")
            Write-KmsKeyPolicy $key.KeyId -Policy $form
            $replica = New-KmsKey -MultiRegion $true -Policy $form | New-KmsReplicaKey -ReplicaRegion eu-west-1 -Policy $form -Select ReplicaKeyMetadata
            $made = New-KmsKey -Policy $form
            (($key, $made | Get-KmsKeyPolicy | ConvertFrom-Json).Id), (Get-KmsKeyPolicy $replica -Region eu-west-1 | ConvertFrom-Json).Id | ForEach-Object { $_ } |
                Should -BeExactly 'changed', 'changed', 'changed'
        }
    }

    It 'refuses a file that holds no policy, and one that is not there' {
        Set-Content "$TestDrive/b.txt" 'not JSON'
        { Write-KmsKeyPolicy $key.KeyId -Policy (Get-Item "$TestDrive/b.txt") } | Should -Throw "*The file $(Join-Path $TestDrive b.txt) holds no policy: it is not JSON."
        { Write-KmsKeyPolicy $key.KeyId -Policy ([IO.FileInfo] "$TestDrive/none.json") } | Should -Throw '*The policy cannot be read: *none.json*'
        { Write-KmsKeyPolicy $key.KeyId -Policy $key } | Should -Throw '*A policy is JSON text, a file, a hashtable or an object, not KeyMetadata.'
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
