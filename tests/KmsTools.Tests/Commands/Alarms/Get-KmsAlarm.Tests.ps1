BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = New-KmsAlarm 'b' -Event KeyStoreFailed
    $null = New-KmsAlarm 'a1' -Event KeyMaterialExpiring
    $null = New-KmsAlarm 'a[2]' -Event OrphanedKeyMaterial
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsAlarm' {
    It 'shows all alarms in the order of their names' {
        (Get-KmsAlarm).Name | Should -Be 'a1', 'a[2]', 'b'
        (Get-KmsAlarm).Threshold | Should -Be 30, 1, 1
    }

    It 'finds names and patterns' {
        (Get-KmsAlarm b).Event | Should -Be 'KeyStoreFailed'
        (Get-KmsAlarm 'a[2]').Event | Should -Be 'OrphanedKeyMaterial'
        (Get-KmsAlarm 'a*').Name | Should -Be 'a1', 'a[2]'
        Get-KmsAlarm 'x*' | Should -BeNullOrEmpty
    }

    It 'says so when a name is not there' {
        $refusal = Get-ErrorOf { Get-KmsAlarm none }
        Get-ErrorCode $refusal | Should -Be 'AlarmNotFound'
        $refusal.Exception.Message | Should -Be "Alarm 'none' does not exist."
        $refusal.ErrorDetails.RecommendedAction | Should -Be 'Get-KmsAlarm shows the alarms.'
    }

    It 'completes names' {
        (TabExpansion2 'Get-KmsAlarm a').CompletionMatches.ListItemText | Should -Be 'a1', 'a[2]'
    }

    It 'shows the state at a glance' {
        $line = (Get-KmsAlarm a1 | Out-String -Width 200) -split "`n" | Where-Object { $_ -match '^a1 ' }
        $line | Should -Match '^a1\s+OK\s.*No imported key material expires\.'
    }
}
