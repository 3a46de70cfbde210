BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Step-KmsClock' {
    It 'moves the clock, and writes it' {
        $before = (Get-KmsClock).UtcNow
        $after = Step-KmsClock 1.02:03:04
        $after.IsSimulated | Should -BeTrue
        ($after.UtcNow - $before).ToString() | Should -Be '1.02:03:04'
        (Get-KmsClock).UtcNow | Should -Be $after.UtcNow
    }

    It 'moves it by days, also parts of them' {
        $before = (Get-KmsClock).UtcNow
        ((Step-KmsClock -Days 1.5).UtcNow - $before).TotalHours | Should -Be 36
    }

    It 'takes <Text> with a unit as <Expected>' -ForEach @(
        @{ Text = '3d'; Expected = '3.00:00:00' }
        @{ Text = '12h'; Expected = '12:00:00' }
        @{ Text = '90m'; Expected = '01:30:00' }
        @{ Text = '1.5 D'; Expected = '1.12:00:00' }
        @{ Text = '30s'; Expected = '00:00:30' }
        @{ Text = '1.12:00:00'; Expected = '1.12:00:00' }
        @{ Text = '0:00:01'; Expected = '00:00:01' }
    ) {
        $step = Step-KmsClock $Text
        ($step.UtcNow - $step.From).ToString() | Should -BeExactly $Expected
    }

    It 'refuses a number without a unit: <_>' -ForEach 3, '3', 1.5, '-2' {
        $before = (Get-KmsClock).UtcNow
        $number = [string]::Format([cultureinfo]::InvariantCulture, '{0}', $_)
        "$(Get-ErrorOf { Step-KmsClock $_ })" | Should -BeLike "*$number has no unit. Write ${number}d for days, ${number}h for hours, ${number}m for minutes or ${number}s for seconds."
        (Get-KmsClock).UtcNow | Should -Be $before
    }

    It 'takes units without quotes, too' {
        ((Step-KmsClock 2d | ForEach-Object { $_.UtcNow - $_.From }), (Step-KmsClock 30s | ForEach-Object { $_.UtcNow - $_.From }),
            (Step-KmsClock 4h | ForEach-Object { $_.UtcNow - $_.From })) -join ' ' | Should -BeExactly '2.00:00:00 00:00:30 04:00:00'
        "$(Get-ErrorOf { Step-KmsClock 999999999d })" | Should -BeLike '*999999999d is too long.'
    }

    It 'adds days, hours and minutes' {
        $step = Step-KmsClock -Days 1 -Hours 2 -Minutes 3
        ($step.UtcNow - $step.From).ToString() | Should -BeExactly '1.02:03:00'
    }

    It 'moves it to a time' {
        (Step-KmsClock -To '2035-06-07T08:09:10+02:00').UtcNow | Should -Be ([datetime] '2035-06-07T06:09:10Z').ToUniversalTime()
    }

    It 'does what falls due on the way' {
        $key = New-KmsKey
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -Days 30
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey $key.KeyId }) | Should -Be 'NotFoundException'
        $deleted = Get-KmsEvent $key.KeyId -EventName DeleteKey
        ($deleted.EventTime - $key.CreationDate).TotalDays | Should -Be 7
    }

    It 'returns what happened on the way' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $gone, $rotating, $quiet = New-KmsKey; $rotating = New-KmsKey; $quiet = New-KmsKey
        New-KmsAlias -AliasName alias/orders -TargetKeyId $rotating.KeyId
        Enable-KmsKeyRotation $rotating.KeyId
        $null = Register-KmsKeyDeletion $gone.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock 6d
        $step = Step-KmsClock -Days 729
        $step.Deleted.KeyId | Should -Be $gone.KeyId
        ($step.Deleted.DueDate - $gone.CreationDate).TotalDays | Should -BeGreaterOrEqual 7
        $step.Rotated.KeyId | Should -Be $rotating.KeyId, $rotating.KeyId
        $step.Rotated.AliasNames | Should -Be 'alias/orders', 'alias/orders'
        $step.Expired | Should -BeNullOrEmpty
        $step.AlarmsRaised | Should -BeNullOrEmpty
        ($step | Format-Table | Out-String -Width 80 -Stream | Where-Object { $_ })[2] |
            Should -BeLike '20??-??-?? ??:??:??Z 1 key deleted, 2 rotations*'
        $step = Step-KmsClock 1m
        ($step | Format-Table | Out-String -Width 80 -Stream | Where-Object { $_ })[2] | Should -BeLike '* nothing*'
    }

    It 'moves to what becomes due next, from one to the other' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $first = New-KmsKey; $second = New-KmsKey
        $null = Register-KmsKeyDeletion $first.KeyId -PendingWindowInDay 7
        $null = Register-KmsKeyDeletion $second.KeyId -PendingWindowInDay 8
        $step = Step-KmsClock -ToNext
        $step.Deleted.KeyId | Should -Be $first.KeyId
        $step.Deleted.DueDate | Should -Be $step.UtcNow
        (Step-KmsClock -ToNext).Deleted.KeyId | Should -Be $second.KeyId
        $now = (Get-KmsClock).UtcNow
        Step-KmsClock -ToNext -WarningVariable said 3> $null | Should -BeNullOrEmpty
        $said | Should -BeExactly 'Nothing becomes due in this store: the clock was not moved.'
        (Get-KmsClock).UtcNow | Should -Be $now
    }

    It 'tells of an alarm that goes off' {
        $null = Connect-Kms -Temporary -SimulatedClock
        $key = New-KmsKey -Origin EXTERNAL
        $wrapping = Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
        $wrapping | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32)) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(40)
        $null = New-KmsAlarm expiring -Event KeyMaterialExpiring
        $step = Step-KmsClock 20d
        $step.AlarmsRaised | Should -Be 'expiring'
        ($step | Format-List | Out-String -Width 80) | Should -Match 'Happened +: alarm expiring -> ALARM'
        (Step-KmsClock -ToNext).Expired.KeyId | Should -Be $key.KeyId
    }

    It 'moves nothing with -WhatIf' {
        $before = (Get-KmsClock).UtcNow
        Step-KmsClock -Days 1 -WhatIf | Should -BeNullOrEmpty
        (Get-KmsClock).UtcNow | Should -Be $before
    }

    It 'does not go back' {
        $before = (Get-KmsClock).UtcNow
        $refusal = Get-ErrorOf { Step-KmsClock -Days -1 }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidOperation,KmsTools.Commands.StepKmsClockCommand'
        $refusal.Exception.Message | Should -BeLike 'The simulated clock stands at ????-??-?? ??:??:??Z and cannot go back.'
        (Get-KmsClock).UtcNow | Should -Be $before
    }

    It 'does not move the real clock' {
        $null = Connect-Kms -Temporary
        $refusal = Get-ErrorOf { Step-KmsClock 1:00:00 }
        $refusal.CategoryInfo.Category | Should -Be 'InvalidOperation'
        $refusal.Exception.Message |
            Should -BeExactly 'This store uses the real clock, which cannot be moved. A store gets a simulated clock when it is created.'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Connect-Kms -SimulatedClock makes a store with a simulated clock.'
        $null = Connect-Kms -Temporary -SimulatedClock
    }
}
