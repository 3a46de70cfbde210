BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsClock' {
    BeforeEach {
        $null = Connect-Kms -Temporary
    }

    It 'sets the uptime that the store keeps and Get-KmsClock shows' {
        (Get-KmsClock).RequiredUptime | Should -Be ([timespan] '01:00:00')
        Set-KmsClock -RequiredUptime 8:00:00 | Should -BeNullOrEmpty
        (Get-KmsClock).RequiredUptime | Should -Be ([timespan] '08:00:00')
        (Get-KmsEvent -EventName SetClock).RequestParameters.requiredUptime | Should -Be '08:00:00'
        (Get-KmsClock | Format-List | Out-String) | Should -Match 'RequiredUptime\s+: 08:00:00'
    }

    It 'takes durations with a unit, and refuses numbers without one' {
        (Set-KmsClock 8h -PassThru).RequiredUptime | Should -Be ([timespan] '08:00:00')
        (Set-KmsClock 0 -PassThru).RequiredUptime | Should -Be ([timespan]::Zero)
        "$(Get-ErrorOf { Set-KmsClock 8 })" | Should -BeLike '*8 has no unit. Write 8d for days, 8h for hours, 8m for minutes or 8s for seconds.'
        (Get-KmsClock).RequiredUptime | Should -Be ([timespan]::Zero)
    }

    It 'takes <_>' -ForEach '00:00:00', '30.00:00:00' {
        Set-KmsClock $_
        (Get-KmsClock).RequiredUptime | Should -Be ([timespan] $_)
    }

    It 'refuses <_>' -ForEach '-00:00:01', '30.00:00:01' {
        $uptime = [timespan] $_
        (Get-ErrorOf { Set-KmsClock $uptime }).Exception.Message | Should -BeLike 'The required uptime is at least 0 and at most 30 days.*'
        (Get-KmsClock).RequiredUptime | Should -Be ([timespan] '01:00:00')
    }

    It 'changes nothing with -WhatIf' {
        Set-KmsClock 2:00:00 -WhatIf
        (Get-KmsClock).RequiredUptime | Should -Be ([timespan] '01:00:00')
        Get-KmsEvent -EventName SetClock | Should -BeNullOrEmpty
    }
}
