BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $primary = New-KmsKey -MultiRegion $true -Description secrets
}

AfterAll {
    Disconnect-Kms
}

Describe 'New-KmsReplicaKey' {
    It 'makes a replica that decrypts what the primary encrypted' {
        $answer = New-KmsReplicaKey $primary.KeyId -ReplicaRegion eu-west-1 -Tag @{ TagKey = 'a'; TagValue = 'b' }
        $answer.ReplicaKeyMetadata.Arn | Should -Be "arn:aws:kms:eu-west-1:111122223333:key/$($primary.KeyId)"
        $answer.ReplicaKeyMetadata.KeyState | Should -Be 'Creating'
        $answer.ReplicaTags.TagKey | Should -Be 'a'
        $replica = Get-KmsKey $primary.KeyId -Region eu-west-1
        $replica.KeyState | Should -Be 'Enabled'
        $replica.Description | Should -BeNullOrEmpty
        $replica.MultiRegionConfiguration.PrimaryKey.Arn | Should -Be $primary.Arn
        $plaintext = (Invoke-KmsEncrypt $primary.KeyId -Plaintext 'text' | Invoke-KmsDecrypt -KeyId $replica.KeyId -Region eu-west-1).Plaintext
        [Text.Encoding]::UTF8.GetString($plaintext.ToArray()) | Should -Be 'text'
    }

    It 'takes the primary from the pipeline, with its description' {
        ($primary | New-KmsReplicaKey -ReplicaRegion eu-west-2 -Select ReplicaKeyMetadata).Description | Should -Be 'secrets'
    }

    It 'makes nothing with -WhatIf, and names the primary with -Verbose' {
        New-KmsReplicaKey $primary.KeyId -ReplicaRegion eu-west-3 -WhatIf
        { Get-KmsKey $primary.KeyId -Region eu-west-3 } | Should -Throw -ErrorId 'NotFoundException,*'
        New-KmsReplicaKey $primary.KeyId -ReplicaRegion eu-west-3 -Verbose 4>&1 | Select-Object -First 1 |
            Should -BeLike "Replicate $($primary.Arn) to eu-west-3*"
    }

    It 'refuses a key of one Region, and a second replica' {
        { New-KmsKey | New-KmsReplicaKey -ReplicaRegion eu-west-1 } | Should -Throw -ErrorId 'UnsupportedOperationException,KmsTools.Commands.NewKmsReplicaKeyCommand'
        $null = New-KmsReplicaKey $primary.KeyId -ReplicaRegion sa-east-1
        { New-KmsReplicaKey $primary.KeyId -ReplicaRegion sa-east-1 } | Should -Throw -ErrorId 'AlreadyExistsException,*'
    }
}
