BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Disable-KmsKeyRotation' {
    BeforeEach {
        Enable-KmsKeyRotation $key.KeyId
    }

    It 'stops the rotation, and writes nothing' {
        Disable-KmsKeyRotation $key.KeyId | Should -BeNullOrEmpty
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
        $before = (Get-KmsKey $key.KeyId).CurrentKeyMaterialId
        $null = Step-KmsClock -Days 400
        (Get-KmsKey $key.KeyId).CurrentKeyMaterialId | Should -Be $before
    }

    It 'takes ARNs and key objects from the pipeline' {
        $key.Arn | Disable-KmsKeyRotation
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
        Enable-KmsKeyRotation $key.KeyId
        $key | Disable-KmsKeyRotation -Select ^KeyId | Should -Be $key.KeyId
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
    }

    It 'does no harm to a key that does not rotate' {
        Disable-KmsKeyRotation $key.KeyId
        Disable-KmsKeyRotation $key.KeyId
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
    }

    It 'changes nothing with -WhatIf' {
        Disable-KmsKeyRotation $key.KeyId -WhatIf
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeTrue
    }

    It 'is refused for AWS managed keys' {
        $managed = Get-KmsKey alias/aws/s3
        $refusal = Get-ErrorOf { Disable-KmsKeyRotation $managed.KeyId }
        $refusal.FullyQualifiedErrorId | Should -Be 'AccessDeniedException,KmsTools.Commands.DisableKmsKeyRotationCommand'
        $refusal.CategoryInfo.Category | Should -Be 'PermissionDenied'
        Get-KmsKeyRotationStatus $managed.KeyId | Should -BeTrue
    }
}
