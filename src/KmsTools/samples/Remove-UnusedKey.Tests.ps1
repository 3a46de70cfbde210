# Rehearses in seconds a runbook that takes months: the clock of the store is simulated, and the runbook runs unchanged on AWS.

BeforeAll {
    # The KmsTools module that contains this file, unless one is already loaded.
    if (-not (Get-Module KmsTools)) {
        Import-Module (Split-Path $PSScriptRoot)
    }

    function Invoke-Runbook {
        & "$PSScriptRoot/Remove-UnusedKey.ps1" -Today (Get-KmsClock).UtcNow @args
    }

    function Get-State($Key) { (Get-KmsKey $Key.KeyId).KeyState }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Remove-UnusedKey' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
        $unused = New-KmsKey -Description 'unused'
        $used = New-KmsKey -Description 'used'
        $sealed = Invoke-KmsEncrypt $unused.KeyId -Plaintext 'contract'
        Step-KmsClock -Days 60
        $null = Invoke-KmsEncrypt $used.KeyId -Plaintext 'order'
    }

    It 'leaves keys alone that were used or created recently' {
        Step-KmsClock -Days 30
        Invoke-Runbook | Should -BeNullOrEmpty
    }

    It 'disables a key the day after 90 days without use' {
        Step-KmsClock -Days 31
        (Invoke-Runbook).Action | Should -Be 'Disabled'
        Get-State $unused | Should -Be 'Disabled'
        Get-State $used | Should -Be 'Enabled'
        { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob } | Should -Throw -ErrorId 'DisabledException,*'
    }

    It 'schedules the deletion after 30 days without use, and not before' {
        Step-KmsClock -Days 31
        $null = Invoke-Runbook -UnusedForDays 90
        Step-KmsClock -Days 29
        Invoke-Runbook | Should -BeNullOrEmpty
        Step-KmsClock -Days 1
        (Invoke-Runbook).Action | Should -Be 'DeletionScheduled'
        Get-State $unused | Should -Be 'PendingDeletion'
        (Get-KmsKey $unused.KeyId).DeletionDate | Should -Be (Get-KmsClock).UtcNow.AddDays(30)
    }

    It 'keeps a key that was enabled again' {
        Step-KmsClock -Days 31
        $null = Invoke-Runbook
        Enable-KmsKey $unused.KeyId
        $null = Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob
        (Invoke-Runbook).Action | Should -Be 'Kept'
        Step-KmsClock -Days 30
        Invoke-Runbook | Should -BeNullOrEmpty
        Get-State $unused | Should -Be 'Enabled'
    }

    It 'can be undone until the last day of the waiting period' {
        Step-KmsClock -Days 31
        $null = Invoke-Runbook
        Step-KmsClock -Days 30
        $null = Invoke-Runbook -PendingWindowInDays 7
        Step-KmsClock ([timespan]::FromDays(7) - [timespan]::FromSeconds(1))
        Stop-KmsKeyDeletion $unused.KeyId | Enable-KmsKey
        (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext.Length | Should -Be 8
    }

    It 'is final after the waiting period' {
        Step-KmsClock -Days 31
        $null = Invoke-Runbook
        Step-KmsClock -Days 30
        $null = Invoke-Runbook -PendingWindowInDays 7
        Step-KmsClock -Days 7
        { Get-KmsKey $unused.KeyId } | Should -Throw -ErrorId 'NotFoundException,*'
        { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob } | Should -Throw -ErrorId 'AccessDeniedException,*'
    }

    It 'leaves exempt keys and AWS managed keys alone' {
        Add-KmsResourceTag $unused.KeyId -Tag @{ TagKey = 'keep'; TagValue = 'archive' }
        $null = Get-KmsKey alias/aws/s3
        Step-KmsClock -Days 365
        (Invoke-Runbook).Description | Should -Be 'used'
    }

    It 'changes nothing with -WhatIf' {
        Step-KmsClock -Days 31
        Invoke-Runbook -WhatIf | Should -BeNullOrEmpty
        Get-State $unused | Should -Be 'Enabled'
        Get-KmsEvent -EventName DisableKey | Should -BeNullOrEmpty
    }
}
