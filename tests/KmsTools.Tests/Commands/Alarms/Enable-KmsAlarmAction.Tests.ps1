BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $folder = (New-Item -ItemType Directory 'TestDrive:/store').FullName

    # What a new session writes that opens the store, arms the action or not, and causes the alarm.
    function Invoke-Session([string] $Arm) {
        Invoke-NewPowerShell "
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$null = Connect-Kms -Path '$folder'
            $Arm
            `$id = (New-KmsKey | Register-KmsKeyDeletion -Force).KeyId
            try { Invoke-KmsEncrypt `$id -Plaintext x } catch { }
            Start-Sleep -Milliseconds 300"
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Enable-KmsAlarmAction' {
    It 'arms what another session gave the alarm, and nothing arms it by itself' {
        $null = Connect-Kms -Path $folder -SimulatedClock
        $null = New-KmsAlarm 'in use' -Event KeyUsedWhilePendingDeletion -Action { [Console]::WriteLine("sounds: $($Event.MessageData.Name)") }
        (Get-KmsAlarm).Action.Trim() | Should -Be '[Console]::WriteLine("sounds: $($Event.MessageData.Name)")'
        Disconnect-Kms
        Invoke-Session '' | Should -BeNullOrEmpty
        $null = Connect-Kms -Path $folder
        Step-KmsClock ([timespan]::FromMinutes(5))
        (Get-KmsAlarm).State | Should -Be 'OK'
        Invoke-Session 'Get-KmsAlarm | Enable-KmsAlarmAction -Confirm:$false' | Should -Be 'sounds: in use'
    }

    It 'shows the text of the action' {
        $null = Connect-Kms -Path $folder
        $question = Invoke-Session 'Enable-KmsAlarmAction "in use" -WhatIf' | Out-String
        $question | Should -Match 'Run when the alarm ''in use'' is raised: \[Console\]::WriteLine'
    }

    It 'says so when there is no such alarm' {
        $null = Connect-Kms -Path $folder
        Get-ErrorCode (Get-ErrorOf { Enable-KmsAlarmAction none }) | Should -Be 'AlarmNotFound'
    }
}
