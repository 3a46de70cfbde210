BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsClock' {
    It 'stands still when it is simulated' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $first = Get-KmsClock
        Start-Sleep -Milliseconds 20
        $second = Get-KmsClock
        $first.IsSimulated | Should -BeTrue
        $first.UtcNow.Kind | Should -Be 'Utc'
        $second.UtcNow | Should -Be $first.UtcNow
    }

    It 'is what keys and events are dated with' {
        $null = Step-KmsClock -To '2031-05-06T07:08:09Z'
        (Get-KmsClock).UtcNow | Should -Be ([datetime] '2031-05-06T07:08:09Z').ToUniversalTime()
        (New-KmsKey).CreationDate | Should -Be (Get-KmsClock).UtcNow
        (Get-KmsEvent -Last 1).EventTime | Should -Be (Get-KmsClock).UtcNow
    }

    It 'goes on when it is real' {
        $null = Connect-Kms -Temporary
        $first = Get-KmsClock
        Start-Sleep -Milliseconds 20
        $first.IsSimulated | Should -BeFalse
        (Get-KmsClock).UtcNow | Should -BeGreaterThan $first.UtcNow
        [Math]::Abs(([datetime]::UtcNow - (Get-KmsClock).UtcNow).TotalSeconds) | Should -BeLessThan 5
    }

    It 'is kept in the store' {
        $null = Connect-Kms "$TestDrive/clock" -SimulatedClock
        $null = Step-KmsClock -To '2040-01-01T00:00:00Z'
        Disconnect-Kms
        $null = Connect-Kms "$TestDrive/clock"
        (Get-KmsClock).UtcNow | Should -Be ([datetime] '2040-01-01T00:00:00Z').ToUniversalTime()
        (Get-KmsClock).IsSimulated | Should -BeTrue
        Disconnect-Kms
    }
}
