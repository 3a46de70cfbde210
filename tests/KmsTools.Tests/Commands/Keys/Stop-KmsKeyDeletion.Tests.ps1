BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Stop-KmsKeyDeletion' {
    BeforeEach {
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
    }

    AfterEach {
        if ((Get-KmsKey $key.KeyId).KeyState -eq 'PendingDeletion') { $null = Stop-KmsKeyDeletion $key.KeyId }
    }

    It 'writes the ARN, and leaves the key disabled' {
        Stop-KmsKeyDeletion $key.KeyId | Should -Be $key.Arn
        $described = Get-KmsKey $key.KeyId
        $described.KeyState | Should -Be 'Disabled'
        $described.DeletionDate | Should -BeNullOrEmpty
    }

    It 'takes the answer of Register-KmsKeyDeletion from the pipeline' {
        New-KmsKey | Register-KmsKeyDeletion | Stop-KmsKeyDeletion | Should -BeLike 'arn:aws:kms:us-east-1:111122223333:key/*'
    }

    It 'saves the key for good' {
        Stop-KmsKeyDeletion $key.Arn -Select ^KeyId | Should -Be $key.Arn
        $null = Step-KmsClock -Days 40
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Disabled'
    }

    It 'changes nothing with -WhatIf' {
        Stop-KmsKeyDeletion $key.KeyId -WhatIf
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingDeletion'
    }

    It 'refuses a key that is not pending deletion' {
        $refusal = Get-ErrorOf { Stop-KmsKeyDeletion (New-KmsKey).KeyId }
        Get-ErrorCode $refusal | Should -Be 'KMSInvalidStateException'
        $refusal.Exception.Message | Should -BeLike 'arn:aws:kms:us-east-1:111122223333:key/* is not pending deletion.'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidOperation'
    }
}
