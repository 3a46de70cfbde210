BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary
    $module = $env:KMSTOOLS_TEST_MODULE
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Watch-KmsEvent' {
    It 'gets events as they happen, and ends after a number of them' {
        $job = Start-ThreadJob { Import-Module $using:module; Start-Sleep -Milliseconds 500; $null = New-KmsRandom 8; $made = New-KmsKey; $null = Invoke-KmsEncrypt $made hi }
        $seen = Watch-KmsEvent -Count 3 -Timeout 60s
        $null = Receive-Job $job -Wait -AutoRemoveJob
        $seen | Should -BeOfType KmsTools.Auditing.AuditEvent
        $seen.EventName | Sort-Object | Should -Be 'CreateKey', 'Encrypt', 'GenerateRandom'
        @($seen.EventId | Sort-Object -Unique).Count | Should -Be 3
    }

    It 'gets only those that are asked for, and begins with former ones' {
        $null = Invoke-KmsEncrypt $key one
        $keyId = $key.KeyId
        $job = Start-ThreadJob { Import-Module $using:module; Start-Sleep -Milliseconds 500; $null = New-KmsRandom 8; $null = Invoke-KmsEncrypt $using:keyId two }
        $seen = Watch-KmsEvent $key -EventName encrypt -Last 1 -Count 2 -Timeout 60s
        $null = Receive-Job $job -Wait -AutoRemoveJob
        $seen.EventName | Should -Be 'Encrypt', 'Encrypt'
        @($seen.EventId | Sort-Object -Unique).Count | Should -Be 2
    }

    It 'ends after a time, and with the rest of its pipeline' {
        Watch-KmsEvent -Timeout 1s | Should -BeNullOrEmpty
        (Watch-KmsEvent -Last 2 | Select-Object -First 1).EventName | Should -Not -BeNullOrEmpty
    }

    It 'ends when it is stopped' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module '$module'; Watch-KmsEvent")
        $running = $shell.BeginInvoke()
        Start-Sleep -Seconds 1
        $running.IsCompleted | Should -BeFalse
        $shell.Stop()
        $running.IsCompleted | Should -BeTrue
        $shell.Dispose()
    }

    It 'gets what a simulated clock brings, of a time that has passed' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $gone = New-KmsKey
        $null = Register-KmsKeyDeletion $gone -PendingWindowInDay 7
        $job = Start-ThreadJob { Import-Module $using:module; Start-Sleep -Milliseconds 500; $null = Step-KmsClock 30d; $null = New-KmsRandom 8 }
        $seen = Watch-KmsEvent -Count 3 -Timeout 60s
        $null = Receive-Job $job -Wait -AutoRemoveJob
        $seen.EventName | Sort-Object | Should -Be 'DeleteKey', 'GenerateRandom', 'StepClock'
        $null = Connect-Kms -Temporary
    }
}
