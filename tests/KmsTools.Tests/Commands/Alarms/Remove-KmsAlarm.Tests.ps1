BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-KmsAlarm' {
    BeforeEach {
        $null = Connect-Kms -Temporary
        $null = New-KmsAlarm 'a' -Event KeyStoreFailed
        $null = New-KmsAlarm 'b' -Event KeyStoreFailed
    }

    It 'removes alarms from the pipeline' {
        Get-KmsAlarm a | Remove-KmsAlarm -Force
        (Get-KmsAlarm).Name | Should -Be 'b'
    }

    It 'removes nothing with -WhatIf, whatever -Force says' {
        Remove-KmsAlarm a -Force -WhatIf
        @(Get-KmsAlarm).Count | Should -Be 2
    }

    It 'says so when there is none' {
        Get-ErrorCode (Get-ErrorOf { Remove-KmsAlarm c -Force }) | Should -Be 'AlarmNotFound'
    }

    It 'asks' {
        Get-Question "`$null = Connect-Kms -Temporary; `$null = New-KmsAlarm a -Event KeyStoreFailed; Remove-KmsAlarm a" | Should -BeExactly "Remove-KmsAlarm prompts for confirmation, and there is no user to answer: Remove the alarm 'a' (KeyStoreFailed, OK)."
    }
}
