BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Register-KmsKeyDeletion' {
    BeforeEach {
        $key = New-KmsKey
    }

    It 'schedules the deletion in 30 days' {
        $scheduled = Register-KmsKeyDeletion $key.KeyId
        Get-PropertyName $scheduled | Should -Be 'DeletionDate', 'KeyId', 'KeyState', 'PendingWindowInDays'
        $scheduled.KeyId | Should -Be $key.Arn
        $scheduled.KeyState | Should -Be 'PendingDeletion'
        $scheduled.PendingWindowInDays | Should -Be 30
        $scheduled.DeletionDate | Should -Be (Get-KmsClock).UtcNow.AddDays(30)
    }

    It 'takes the window under both names' {
        (Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7).PendingWindowInDays | Should -Be 7
        (Register-KmsKeyDeletion (New-KmsKey).KeyId -PendingWindowInDays 8).PendingWindowInDays | Should -Be 8
    }

    It 'is known as Request-KMSKeyDeletion' {
        (Request-KMSKeyDeletion -KeyId $key.KeyId -PendingWindowInDay 9 -Select PendingWindowInDays) | Should -Be 9
    }

    It 'takes keys from the pipeline' {
        ($key, (New-KmsKey) | Register-KmsKeyDeletion -PendingWindowInDay 7).PendingWindowInDays | Should -Be 7, 7
    }

    It 'deletes the key when the window is over' {
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -Days 6.5
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingDeletion'
        $null = Step-KmsClock -Days 0.5
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey $key.KeyId }) | Should -Be 'NotFoundException'
    }

    It 'changes nothing with -WhatIf, and asks with -Confirm' {
        Register-KmsKeyDeletion $key.KeyId -WhatIf | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        Get-Question "Register-KmsKeyDeletion $($key.KeyId) -Confirm" | Should -BeLike '*prompt*'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'warns of the loss with -Verbose' {
        $said, $null = Register-KmsKeyDeletion $key.KeyId -Verbose 4>&1
        "$said" | Should -BeExactly "Schedule deletion of $($key.Arn) in 30 days: everything it encrypted becomes unreadable for good"
    }

    It 'refuses <_> days' -ForEach 6, 31 {
        $refusal = Get-ErrorOf { Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay $_ }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeExactly 'PendingWindowInDays must be between 7 and 30, inclusive.'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }
}
