BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
}

AfterAll {
    Disconnect-Kms
}

Describe 'Enable-KmsKey' {
    BeforeEach {
        Disable-KmsKey $key.KeyId
    }

    It 'enables the key, and writes nothing' {
        Enable-KmsKey $key.KeyId | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        (New-KmsDataKey $key.KeyId -KeySpec AES_128).Plaintext.Length | Should -Be 16
    }

    It 'takes what other cmdlets write from the pipeline' {
        Get-KmsKeyList | Get-KmsKey | Where-Object KeyState -EQ Disabled | Enable-KmsKey
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'does no harm to a key that is enabled' {
        Enable-KmsKey $key.KeyId
        Enable-KmsKey $key.KeyId
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'changes nothing with -WhatIf' {
        Enable-KmsKey $key.KeyId -WhatIf
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Disabled'
    }

    It 'records who did it' {
        Enable-KmsKey $key.KeyId -Confirm:$false
        $recorded = Get-KmsEvent $key.KeyId -EventName EnableKey -Last 1
        $recorded.UserIdentity.arn | Should -BeLike 'arn:aws:iam::111122223333:user/*'
        $recorded.ReadOnly | Should -BeFalse
    }

    It 'refuses a key that is pending deletion, and says how to go on' {
        $doomed = New-KmsKey
        $null = Register-KmsKeyDeletion $doomed.KeyId
        $refusal = Get-ErrorOf { Enable-KmsKey $doomed.KeyId }
        Get-ErrorCode $refusal | Should -Be 'KMSInvalidStateException'
        $refusal.Exception.Message | Should -BeExactly "$($doomed.Arn) is pending deletion."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "Stop-KmsKeyDeletion $($doomed.KeyId)*"
    }
}
