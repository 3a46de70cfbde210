BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsEventLog' {
    It 'gets the number of events and the files' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $null = New-KmsKey
        $null = Get-KmsKeyList
        $log = Get-KmsEventLog
        $log.Events | Should -Be 2
        $log.Segments.Count | Should -Be 1
        $log.Segments[0].Number | Should -Be 1
        $log.Segments[0].State.Value | Should -Be 'OPEN'
        $log.Segments[0].Head | Should -Match '^[0-9a-f]{64}$'
        $log.Size | Should -Be $log.Segments[0].Size
        ($log | Out-String) | Should -Match 'Events\s*: 2'
        ($log.Segments | Out-String) | Should -Match 'OPEN'
    }
}
