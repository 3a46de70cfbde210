BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Start-KmsRotateKeyOnDemand' {
    BeforeEach {
        $key = New-KmsKey
    }

    It 'writes the ARN and gives the key new material' {
        Start-KmsRotateKeyOnDemand $key.KeyId | Should -Be $key.Arn
        (Get-KmsKey $key.KeyId).CurrentKeyMaterialId | Should -Not -Be $key.CurrentKeyMaterialId
        (Get-KmsKeyRotation $key.KeyId).RotationType | Should -Be 'ON_DEMAND'
    }

    It 'leaves old ciphertexts readable' {
        $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'before'
        $null = $key | Start-KmsRotateKeyOnDemand
        $answer = Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob
        Read-Text $answer.Plaintext | Should -BeExactly 'before'
        $answer.KeyMaterialId | Should -Be $key.CurrentKeyMaterialId
    }

    It 'leaves the automatic rotation as it is' {
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 100
        $next = Get-KmsKeyRotationStatus $key.KeyId -Select NextRotationDate
        $null = Start-KmsRotateKeyOnDemand $key.KeyId
        Get-KmsKeyRotationStatus $key.KeyId -Select NextRotationDate | Should -Be $next
    }

    It 'changes nothing with -WhatIf' {
        Start-KmsRotateKeyOnDemand $key.KeyId -WhatIf | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).CurrentKeyMaterialId | Should -Be $key.CurrentKeyMaterialId
    }

    It 'refuses the rotation after the 25th' {
        1..25 | ForEach-Object { Start-KmsRotateKeyOnDemand $key.KeyId } | Should -HaveCount 25
        $refusal = Get-ErrorOf { Start-KmsRotateKeyOnDemand $key.KeyId }
        $refusal.FullyQualifiedErrorId | Should -Be 'LimitExceededException,KmsTools.Commands.StartKmsRotateKeyOnDemandCommand'
        $refusal.Exception.Message |
            Should -BeExactly "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: $($key.Arn)"
        $refusal.CategoryInfo.Category | Should -Be 'LimitsExceeded'
    }

    It 'refuses a disabled key' {
        Disable-KmsKey $key.KeyId
        $refusal = Get-ErrorOf { Start-KmsRotateKeyOnDemand $key.KeyId }
        Get-ErrorCode $refusal | Should -Be 'DisabledException'
        $refusal.ErrorDetails.RecommendedAction | Should -Be "Enable-KmsKey $($key.KeyId)"
    }
    It 'refuses a key whose automatic rotation is close, and says how to see when it is' {
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 90
        $null = Step-KmsClock 89.23:50:00
        $refusal = Get-ErrorOf { Start-KmsRotateKeyOnDemand $key.KeyId }
        Get-ErrorCode $refusal | Should -Be 'ConflictException'
        $refusal.Exception.Message | Should -BeExactly "The automatic rotation of $($key.Arn) is due within 20 minutes."
        $refusal.ErrorDetails.RecommendedAction |
            Should -BeExactly "Get-KmsKeyRotationStatus $($key.KeyId) shows when it is due. Try again once it has happened."
    }
}
