BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Enable-KmsKeyRotation' {
    BeforeEach {
        $key = New-KmsKey
    }

    It 'rotates every 365 days, and writes nothing' {
        Enable-KmsKeyRotation $key.KeyId | Should -BeNullOrEmpty
        $status = Get-KmsKeyRotationStatus $key.KeyId -Select *
        $status.KeyRotationEnabled | Should -BeTrue
        $status.RotationPeriodInDays | Should -Be 365
    }

    It 'takes another period, under both names' {
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 90
        Get-KmsKeyRotationStatus $key.KeyId -Select RotationPeriodInDays | Should -Be 90
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDays 2560
        Get-KmsKeyRotationStatus $key.KeyId -Select RotationPeriodInDays | Should -Be 2560
    }

    It 'makes new material when the period is over' {
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 90
        $null = Step-KmsClock -Days 90
        (Get-KmsKey $key.KeyId).CurrentKeyMaterialId | Should -Not -Be $key.CurrentKeyMaterialId
        (Get-KmsKeyRotation $key.KeyId).RotationType | Should -Be 'AUTOMATIC'
    }

    It 'takes keys from the pipeline' {
        $key, (New-KmsKey) | Enable-KmsKeyRotation
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeTrue
    }

    It 'changes nothing with -WhatIf' {
        Enable-KmsKeyRotation $key.KeyId -WhatIf
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
    }

    It 'refuses a period of <_> days' -ForEach 89, 2561 {
        $refusal = Get-ErrorOf { Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay $_ }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeLike "1 validation error detected: Value '$_' at 'rotationPeriodInDays' failed to satisfy constraint: *"
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
    }

    It 'refuses keys that cannot rotate by themselves' {
        $external = New-KmsKey -Origin EXTERNAL
        $refusal = Get-ErrorOf { Enable-KmsKeyRotation $external.KeyId }
        $refusal.FullyQualifiedErrorId | Should -Be 'UnsupportedOperationException,KmsTools.Commands.EnableKmsKeyRotationCommand'
        $refusal.Exception.Message | Should -BeExactly "$($external.Arn) origin is EXTERNAL which is not valid for this operation."
        $refusal.CategoryInfo.Category | Should -Be 'NotImplemented'
    }
}
