BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsKeyRotationStatus' {
    It 'writes true or false' {
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeOfType bool
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 100
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeTrue
    }

    It 'writes the period and the next date with -Select *' {
        $status = Get-KmsKeyRotationStatus $key.KeyId -Select *
        Get-PropertyName $status | Should -Be 'KeyId', 'KeyRotationEnabled', 'NextRotationDate', 'OnDemandRotationStartDate', 'RotationPeriodInDays'
        $status.KeyId | Should -Be $key.Arn
        $status.RotationPeriodInDays | Should -Be 100
        $status.NextRotationDate | Should -Be (Get-KmsClock).UtcNow.AddDays(100)
    }

    It 'takes keys from the pipeline' {
        $key, (New-KmsKey) | Get-KmsKeyRotationStatus | Should -Be $true, $false
    }

    It 'chooses a member' {
        $key | Get-KmsKeyRotationStatus -Select NextRotationDate | Should -BeOfType datetime
    }

    It 'is false while the key is pending deletion, and true again afterwards' {
        $null = Register-KmsKeyDeletion $key.KeyId
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
        $null = Stop-KmsKeyDeletion $key.KeyId
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeTrue
    }

    It 'refuses a key that does not exist' {
        $refusal = Get-ErrorOf { Get-KmsKeyRotationStatus mrk-fake-key-id }
        Get-ErrorCode $refusal | Should -Be 'NotFoundException'
        $refusal.Exception.Message | Should -BeExactly "Invalid keyId 'mrk-fake-key-id'"
        $refusal.TargetObject | Should -Be 'mrk-fake-key-id'
    }
}
