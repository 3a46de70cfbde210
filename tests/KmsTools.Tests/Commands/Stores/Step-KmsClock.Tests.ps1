BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Step-KmsClock' {
    It 'moves the clock, and writes it' {
        $before = (Get-KmsClock).UtcNow
        $after = Step-KmsClock 1.02:03:04
        $after.IsSimulated | Should -BeTrue
        ($after.UtcNow - $before).ToString() | Should -Be '1.02:03:04'
        (Get-KmsClock).UtcNow | Should -Be $after.UtcNow
    }

    It 'moves it by days, also parts of them' {
        $before = (Get-KmsClock).UtcNow
        ((Step-KmsClock -Days 1.5).UtcNow - $before).TotalHours | Should -Be 36
    }

    It 'moves it to a time' {
        (Step-KmsClock -To '2035-06-07T08:09:10+02:00').UtcNow | Should -Be ([datetime] '2035-06-07T06:09:10Z').ToUniversalTime()
    }

    It 'does what falls due on the way' {
        $key = New-KmsKey
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -Days 30
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey $key.KeyId }) | Should -Be 'NotFoundException'
        $deleted = Get-KmsEvent $key.KeyId -EventName DeleteKey
        ($deleted.EventTime - $key.CreationDate).TotalDays | Should -Be 7
    }

    It 'moves nothing with -WhatIf' {
        $before = (Get-KmsClock).UtcNow
        Step-KmsClock -Days 1 -WhatIf | Should -BeNullOrEmpty
        (Get-KmsClock).UtcNow | Should -Be $before
    }

    It 'does not go back' {
        $before = (Get-KmsClock).UtcNow
        $refusal = Get-ErrorOf { Step-KmsClock -Days -1 }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidOperation,KmsTools.Commands.StepKmsClockCommand'
        $refusal.Exception.Message | Should -BeLike 'The simulated clock stands at * and cannot go back.'
        (Get-KmsClock).UtcNow | Should -Be $before
    }

    It 'does not move the real clock' {
        $null = Connect-Kms -Temporary
        $refusal = Get-ErrorOf { Step-KmsClock 1:00:00 }
        $refusal.CategoryInfo.Category | Should -Be 'InvalidOperation'
        $refusal.Exception.Message |
            Should -BeExactly 'This store uses the real clock, which cannot be moved. A store gets a simulated clock when it is created.'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Connect-Kms -SimulatedClock makes a store with a simulated clock.'
        $null = Connect-Kms -Temporary -SimulatedClock
    }
}
