BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyLastUsage' {
    It 'has nothing to tell of a key that was never used' {
        $usage = New-KmsKey | Get-KmsKeyLastUsage
        Get-PropertyName $usage | Should -Be 'KeyCreationDate', 'KeyId', 'KeyLastUsage', 'TrackingStartDate'
        $usage.KeyLastUsage.Operation | Should -BeNullOrEmpty
        $usage.KeyLastUsage.Timestamp | Should -BeNullOrEmpty
    }

    It 'tells the last use and when it was' {
        $null = Invoke-KmsEncrypt $key.KeyId -Plaintext x
        $null = Step-KmsClock -Days 1
        $null = New-KmsDataKey $key.KeyId -KeySpec AES_256
        $at = (Get-KmsClock).UtcNow
        $null = Step-KmsClock -Days 1
        $usage = Get-KmsKeyLastUsage $key.KeyId
        $usage.KeyLastUsage.Operation | Should -Be 'GenerateDataKey'
        $usage.KeyLastUsage.Timestamp | Should -Be $at
        $usage.KeyLastUsage.CloudTrailEventId | Should -Be (Get-KmsEvent $key.KeyId -EventName GenerateDataKey).EventId
        $usage.KeyCreationDate | Should -Be $key.CreationDate
    }

    It 'does not count what is not a use, or was refused' {
        $null = Get-KmsKey $key.KeyId
        $null = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext x -DryRun $true }
        (Get-KmsKeyLastUsage $key.KeyId).KeyLastUsage.Operation | Should -Be 'GenerateDataKey'
    }

    It 'writes what -Select chooses' {
        Get-KmsKeyLastUsage $key.Arn -Select KeyLastUsage.Operation | Should -Be 'GenerateDataKey'
        $key.KeyId | Get-KmsKeyLastUsage -Select KeyId | Should -Be $key.KeyId
    }

    It 'refuses an alias' {
        $refusal = Get-ErrorOf { Get-KmsKeyLastUsage alias/app }
        Get-ErrorCode $refusal | Should -Be 'InvalidArnException'
        $refusal.Exception.Message | Should -BeExactly 'Key Aliases are not supported for this operation.'
    }
}
