BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = New-LabCluster 'administration'
    Get-KmsHsmCluster | Unregister-KmsHsmCluster
    $start = (Get-KmsClock).UtcNow
    $known = @(Get-KmsEvent).EventId
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Administrative acts' {
    It 'leave one event each, with their caller and their parameters' {
        $key = New-KmsAccessKey alice
        Remove-KmsAccessKey $key.AccessKeyId -Force
        $null = Step-KmsClock -Days 1
        Set-KmsQuota GrantsPerKey -Value 3
        Reset-KmsQuota GrantsPerKey
        Enable-KmsRequestQuota
        Disable-KmsRequestQuota
        $null = New-KmsAlarm 'failed' -Event KeyStoreFailed -Action { 'sounds' }
        Enable-KmsAlarmAction 'failed' -Force
        Remove-KmsAlarm 'failed' -Force
        $cluster = Register-KmsHsmCluster $LabLibrary administration
        $null = Set-KmsHsmCluster $cluster.ClusterId -CommandsFromElsewhere 7
        Unregister-KmsHsmCluster $cluster.ClusterId
        $null = Invoke-KmsMaintenance
        $null = New-KmsPrincipal alice
        $null = Set-KmsPrincipal alice -Tag @()
        $null = Add-KmsPrincipalPolicy alice -PolicyName p -Policy '{"Statement":[]}'
        Remove-KmsPrincipalPolicy alice -PolicyName p -Force
        Remove-KmsPrincipal alice -Force
        $null = Set-KmsAuthorization -Mode Enforce
        Reset-KmsKeyPolicy (New-KmsKey).KeyId -Force

        $left = @(Get-KmsEvent | Where-Object EventId -NotIn $known)
        $left.EventName | Should -Be @(
            'CreateAccessKey', 'RemoveAccessKey', 'StepClock', 'SetQuota', 'ResetQuota', 'EnableRequestQuota', 'DisableRequestQuota', 'CreateAlarm',
            'EnableAlarmAction', 'RemoveAlarm', 'RegisterHsmCluster', 'SetHsmCluster', 'UnregisterHsmCluster', 'InvokeMaintenance',
            'CreatePrincipal', 'SetPrincipal', 'AddPrincipalPolicy', 'RemovePrincipalPolicy', 'RemovePrincipal', 'SetAuthorization', 'CreateKey', 'ResetKeyPolicy')
        $left.ErrorCode | Select-Object -Unique | Should -BeNullOrEmpty
        @($left.UserIdentity.arn | Select-Object -Unique).Count | Should -Be 1
        $left.CloudTrailEvent | Should -BeLike '*"userAgent":"KmsTools/PowerShell"*'
        $left.CloudTrailEvent -join "`n" | Should -Not -BeLike "*$($key.SecretAccessKey)*"
        $left[0].RequestParameters.principalArn | Should -Be 'arn:aws:iam::111122223333:user/alice'
        $left[0].ResponseElements.accessKeyId | Should -Be $key.AccessKeyId
        $left[2].EventTime | Should -Be ([datetime]::new($start.Ticks - $start.Ticks % 10000, 'Utc'))
        $left[3].RequestParameters.name, $left[3].RequestParameters.value | Should -Be 'GrantsPerKey', '3'
        $left[10].ResponseElements.clusterId | Should -Be $cluster.ClusterId
        $left[11].RequestParameters.commandsFromElsewhere | Should -Be '7'
    }

    It 'leave one event with the error when they are refused' {
        { Remove-KmsAccessKey AKIA0 -Force } | Should -Throw
        { New-KmsAccessKey -PrincipalArn arn:aws:iam::999999999999:user/bob } | Should -Throw
        { Register-KmsHsmCluster $LabLibrary 'no such token' } | Should -Throw

        (Get-KmsEvent -EventName RemoveAccessKey -Last 1).ErrorCode | Should -Be 'NoSuchEntityException'
        (Get-KmsEvent -EventName CreateAccessKey -Last 1).ErrorCode | Should -Be 'ValidationException'
        (Get-KmsEvent -EventName RegisterHsmCluster -Last 1).ErrorCode | Should -Be 'KMSInvalidStateException'
    }

    It 'leave no event with -WhatIf' {
        $before = @(Get-KmsEvent).Count
        New-KmsAccessKey bob -WhatIf
        Step-KmsClock -Days 1 -WhatIf
        Set-KmsQuota GrantsPerKey -Value 4 -WhatIf
        @(Get-KmsEvent).Count | Should -Be $before
    }
}
