BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsEventLog' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
    }

    It 'keeps all events in a new store' {
        $log = Get-KmsEventLog
        $log.Sync | Should -BeFalse
        $log.MaxAgeInDays | Should -BeNullOrEmpty
        $log.MaxSize | Should -BeNullOrEmpty
    }

    It 'changes what is given' {
        Set-KmsEventLog -Sync $true -MaxAgeInDays 90 | Should -BeNullOrEmpty
        Set-KmsEventLog -MaxSize 10GB
        $log = Get-KmsEventLog
        $log.Sync | Should -BeTrue
        $log.MaxAgeInDays | Should -Be 90
        $log.MaxSize | Should -Be 10737418240
        ($log | Out-String) | Should -Match 'MaxAgeInDays\s*: 90'
        (Set-KmsEventLog -MaxAgeInDays 0 -PassThru).MaxAgeInDays | Should -BeNullOrEmpty
        (Get-KmsEvent -EventName SetEventLog)[0].RequestParameters.maxAgeInDays | Should -Be '90'
    }

    It 'changes nothing with -WhatIf' {
        Set-KmsEventLog -Sync $true -WhatIf
        (Get-KmsEventLog).Sync | Should -BeFalse
    }

    It 'refuses a size below 1 MB' {
        { Set-KmsEventLog -MaxSize 1000 } | Should -Throw
        (Get-KmsEventLog).MaxSize | Should -BeNullOrEmpty
    }
}
