BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsConsistencyDelay' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
    }

    It 'makes calls that read see changes after the delay' {
        Set-KmsConsistencyDelay -Seconds 60 | Should -BeNullOrEmpty
        $key = New-KmsKey
        New-KmsAlias $key.KeyId -AliasName alias/late
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey $key.KeyId }) | Should -Be 'NotFoundException'
        Get-ErrorCode (Get-ErrorOf { Invoke-KmsEncrypt alias/late -Plaintext 'hello' }) | Should -Be 'NotFoundException'
        $null = Step-KmsClock 0:00:59
        Get-KmsKeyList | Should -BeNullOrEmpty
        $null = Step-KmsClock 0:00:01
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        (Invoke-KmsEncrypt alias/late -Plaintext 'hello').KeyId | Should -Be $key.Arn
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
    }

    It 'is shown by Get-KmsConnection, and recorded' {
        (Get-KmsConnection).ConsistencyDelayInSeconds | Should -Be 0
        Set-KmsConsistencyDelay 300
        (Get-KmsConnection).ConsistencyDelayInSeconds | Should -Be 300
        $recorded = Get-KmsEvent -EventName SetConsistencyDelay
        $recorded.RequestParameters.seconds | Should -Be '300'
        $recorded.AdditionalEventData.from | Should -Be '0'
        (Get-KmsConnection | Out-String) | Should -Match 'ConsistencyDelay\s+: 300 seconds'
    }

    It 'shows everything at once with 0' {
        Set-KmsConsistencyDelay 60
        $key = New-KmsKey
        Disable-KmsKey $key.KeyId
        Set-KmsConsistencyDelay 0
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Disabled'
    }

    It 'refuses <_> seconds' -ForEach -1, 301 {
        $seconds = $_
        (Get-ErrorOf { Set-KmsConsistencyDelay $seconds }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError*'
        (Get-KmsConnection).ConsistencyDelayInSeconds | Should -Be 0
    }

    It 'changes nothing with -WhatIf' {
        Set-KmsConsistencyDelay 60 -WhatIf
        (Get-KmsConnection).ConsistencyDelayInSeconds | Should -Be 0
        Get-KmsEvent -EventName SetConsistencyDelay | Should -BeNullOrEmpty
    }

    It 'applies to other processes that use the store' {
        $folder = Join-Path $TestDrive store
        $null = Connect-Kms -Path $folder -SimulatedClock
        Set-KmsConsistencyDelay 60
        $key = New-KmsKey
        $look = "Import-Module '$env:KMSTOOLS_TEST_MODULE'; `$null = Connect-Kms -Path '$folder'
            try { (Get-KmsKey $($key.KeyId)).KeyState.Value } catch { `$_.Exception.ErrorCode }"
        Invoke-NewPowerShell $look | Should -BeExactly 'NotFoundException'
        $null = Step-KmsClock 0:01:00
        Invoke-NewPowerShell $look | Should -BeExactly 'Enabled'
        Disconnect-Kms
    }
}
