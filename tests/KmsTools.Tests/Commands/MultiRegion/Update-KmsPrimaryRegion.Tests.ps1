BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $null = Connect-Kms -Temporary -SimulatedClock
    $primary = New-KmsKey -MultiRegion $true
    $null = New-KmsReplicaKey $primary.KeyId -ReplicaRegion eu-west-1
}

AfterAll {
    Disconnect-Kms
}

Describe 'Update-KmsPrimaryRegion' {
    It 'changes nothing with -WhatIf, and completes the Regions of the replicas' {
        Update-KmsPrimaryRegion $primary.KeyId -PrimaryRegion eu-west-1 -WhatIf
        (Get-KmsKey $primary.KeyId).MultiRegionConfiguration.MultiRegionKeyType | Should -Be 'PRIMARY'
        (TabExpansion2 "Update-KmsPrimaryRegion $($primary.KeyId) -PrimaryRegion ").CompletionMatches.CompletionText | Should -Be 'eu-west-1'
    }

    It 'makes the replica the primary, and back again from the pipeline' {
        Update-KmsPrimaryRegion $primary.KeyId -PrimaryRegion eu-west-1 | Should -BeNullOrEmpty
        (Get-KmsKey $primary.KeyId).MultiRegionConfiguration.MultiRegionKeyType | Should -Be 'REPLICA'
        (Get-KmsKey $primary.KeyId -Region eu-west-1).MultiRegionConfiguration.MultiRegionKeyType | Should -Be 'PRIMARY'
        Get-KmsKey $primary.KeyId -Region eu-west-1 | Update-KmsPrimaryRegion -PrimaryRegion us-east-1 -Region eu-west-1
        (Get-KmsKey $primary.KeyId).MultiRegionConfiguration.PrimaryKey.Region | Should -Be 'us-east-1'
    }

    It 'refuses a Region without a replica, and the one that is primary' {
        { Update-KmsPrimaryRegion $primary.KeyId -PrimaryRegion eu-west-2 } | Should -Throw -ErrorId 'NotFoundException,KmsTools.Commands.UpdateKmsPrimaryRegionCommand'
        { Update-KmsPrimaryRegion $primary.KeyId -PrimaryRegion us-east-1 } | Should -Throw -ErrorId 'UnsupportedOperationException,*'
    }
}
