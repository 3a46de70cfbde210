BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../WrongClock.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Confirm-KmsClock' {
    It 'destroys what waits, and names it before' -Skip:(-not $IsLinux -or -not (Get-Command cc -ErrorAction Ignore)) {
        $folder = Join-Path $TestDrive store
        $null = Connect-Kms $folder
        $key = New-KmsKey
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7 -Force
        Disconnect-Kms

        $answer = Invoke-AtWrongTime -Days 8 -Folder $TestDrive -Command @"
            `$warning = @()
            `$null = Connect-Kms '$folder' -WarningVariable warning -WarningAction SilentlyContinue
            `$warning[0].Message
            `$clock = Get-KmsClock
            `$clock.IsExplained, "`$(`$clock.RequiredUptime)", `$clock.Waiting.Count, `$clock.Waiting[0].KeyId
            try { `$null = Stop-KmsKeyDeletion $($key.KeyId) } catch { `$_.Exception.Message; `$_.ErrorDetails.RecommendedAction }
            Confirm-KmsClock -WhatIf
            (Get-KmsClock).Waiting.Count
            (Confirm-KmsClock -Force).Waiting.Count
            try { Get-KmsKey $($key.KeyId) } catch { `$_.FullyQualifiedErrorId.Split(',')[0] }
            (Get-KmsEvent | Where-Object EventName -in ClockUnexplained, ConfirmClock, DeleteKey).EventName
"@
        $answer[0] | Should -BeExactly ('One destruction is due and will happen after another 60 minutes of use, because this store was not open ' +
            'for longer than an hour, or its clock was changed. Get-KmsClock shows what waits; Confirm-KmsClock ends the wait.')
        $answer[1..4] | Should -Be 'False', '01:00:00', '1', $key.Arn
        $answer[5] | Should -BeExactly "$($key.Arn) cannot be kept: its waiting period is over, and its deletion only waits for the clock to be confirmed."
        $answer[6] | Should -BeLike 'Get-KmsClock shows *'
        $answer[7] | Should -BeLike "What if: *, and destroy for good $($key.Arn)*"
        $answer[8..12] | Should -Be '1', '0', 'NotFoundException', 'DeleteKey', 'ClockUnexplained'
        $answer[13] | Should -Be 'ConfirmClock'
    }

    It 'destroys nothing where nothing waits' {
        $null = Connect-Kms -Temporary
        $key = New-KmsKey
        (Confirm-KmsClock -Force).IsExplained | Should -BeTrue
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        (Get-KmsEvent -EventName ConfirmClock).ResponseElements.items | Should -Be '0'
    }

    It 'does nothing with -WhatIf' {
        $null = Connect-Kms -Temporary
        Confirm-KmsClock -WhatIf
        Get-KmsEvent -EventName ConfirmClock | Should -BeNullOrEmpty
    }
}
