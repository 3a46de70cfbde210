BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = Step-KmsClock -To '2040-01-01T12:00:00Z'
    $orders, $gone, $invoices, $quiet = New-KmsKey
    $gone = New-KmsKey
    $invoices = New-KmsKey
    $quiet = New-KmsKey
    New-KmsAlias $orders alias/orders
    New-KmsAlias $gone alias/tmp
    New-KmsAlias $invoices alias/invoices
    Enable-KmsKeyRotation $orders
    Enable-KmsKeyRotation $invoices -RotationPeriodInDays 90
    $null = Register-KmsKeyDeletion $gone -PendingWindowInDay 7

    function Format-At([int] $Width, $Value, [string] $View) {
        $before = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
        $given = $View ? @{ View = $View } : @{}
        @($Value | Format-Table @given | Out-String -Width $Width -Stream | Where-Object { $_ } | ForEach-Object TrimEnd)
        $PSStyle.OutputRendering = $before
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Get-KmsSchedule' {
    It 'says how a duration is written: <Given>' -ForEach @(
        @{ Given = 'abc'; Says = "'abc' is not a duration. Write a number with a unit, such as 3d, 12h, 90m or 30s, or days and time: 1.12:00:00." }
        @{ Given = '3w'; Says = "'3w' is not a duration. Write a number with a unit, such as 3d, 12h, 90m or 30s, or days and time: 1.12:00:00." }
        @{ Given = ''; Says = "'' is not a duration. Write a number with a unit, such as 3d, 12h, 90m or 30s, or days and time: 1.12:00:00." }
        @{ Given = '20000000.00:00:00'; Says = '20000000.00:00:00 is too long.' }
    ) {
        "$(Get-ErrorOf { Get-KmsSchedule -Within $Given })" | Should -BeExactly "Cannot process argument transformation on parameter 'Within'. $Says"
    }

    It 'takes days and a time as a duration' {
        @(Get-KmsSchedule -Within 6.23:59:59).Count | Should -Be 0
        @(Get-KmsSchedule -Within 7.00:00:00).Count | Should -Be 1
    }

    It 'gets what is to come, in the order of its dates, and records nothing' {
        $before = @(Get-KmsEvent).Count
        $all = Get-KmsSchedule
        $all | Should -BeOfType KmsTools.KmsScheduledChange
        $all.KeyId | Should -Be $gone.KeyId, $invoices.KeyId, $orders.KeyId
        "$($all.Kind)" | Should -BeExactly 'Deletion Rotation Rotation'
        $all.In.TotalDays | Should -Be 7, 90, 365
        $all[0].DueDate | Should -Be (Get-KmsKey $gone).DeletionDate
        $all[0].AliasNames | Should -Be 'alias/tmp'
        @(Get-KmsEvent).Count | Should -Be ($before + 1)
    }

    It 'is a table at 80 characters' {
        Format-At 80 (Get-KmsSchedule) | Should -BeExactly @(
            'Due               In      Change         Key'
            '---               --      ------         ---'
            '2040-01-08 12:00Z 7 d     Deletion       alias/tmp'
            '2040-03-31 12:00Z 90 d    Rotation       alias/invoices'
            '2040-12-31 12:00Z 365 d   Rotation       alias/orders')
    }

    It 'is a line of time with -View Timeline, at 80 and at 160 characters' {
        foreach ($width in 80, 160) {
            Format-At $width (Get-KmsSchedule) 'Timeline' | Should -BeExactly @(
                'Key                      Time'
                '---                      ----'
                'alias/tmp                --x 2040-01-08 in 7 d'
                'alias/invoices           ---------~ 2040-03-31 in 90 d'
                'alias/orders             ---------------------------------~ 2040-12-31 in 365 d')
        }

        [KmsTools.Views]::Timeline((Get-KmsSchedule $gone), 'Ansi') | Should -BeExactly "`e[31m---------------------------------x`e[0m 2040-01-08 in 7 d"
    }

    It 'gets that of keys that are named or piped' {
        (Get-KmsSchedule alias/tmp).KeyId | Should -Be $gone.KeyId
        ($orders, $gone | Get-KmsSchedule).KeyId | Should -Be $gone.KeyId, $orders.KeyId
        (Get-KmsKey alias/in* | Get-KmsSchedule).KeyId | Should -Be $invoices.KeyId
        Get-KmsSchedule $quiet | Should -BeNullOrEmpty
        @() | Get-KmsSchedule | Should -BeNullOrEmpty
        Get-ErrorCode (Get-ErrorOf { Get-KmsSchedule alias/none }) | Should -Be 'NotFoundException'
    }

    It 'gets what is due within a time, to the millisecond' {
        (Get-KmsSchedule -Within 7d).KeyId | Should -Be $gone.KeyId
        Get-KmsSchedule -Within 6.23:59:59.999 | Should -BeNullOrEmpty
        @(Get-KmsSchedule -Within 365d).Count | Should -Be 3
    }

    It 'has other Regions, and one of them' {
        $far = New-KmsKey -Region eu-west-1
        $null = Register-KmsKeyDeletion $far -PendingWindowInDay 30 -Region eu-west-1
        @(Get-KmsSchedule).Count | Should -Be 4
        (Get-KmsSchedule -Region eu-west-1).KeyArn | Should -BeExactly $far.Arn
        @(Get-KmsSchedule -Region us-east-1).Count | Should -Be 3
    }

    It 'has what precedes a deletion, and each expiry' {
        $key = New-KmsKey -Origin EXTERNAL
        Get-KmsParametersForImport $key -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 | Protect-KmsKeyMaterial -KeyMaterial ([byte[]] (1..32)) |
            Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo '2040-01-05T00:00:00Z'
        $null = Register-KmsKeyDeletion $key -PendingWindowInDay 10
        $mine = Get-KmsSchedule $key
        "$($mine.Kind)" | Should -BeExactly 'MaterialExpiry Deletion'
        $mine[0].KeyMaterialId | Should -Match '^[0-9a-f]{64}$'
        [KmsTools.Views]::Timeline($mine[0], $null) | Should -BeExactly '------------! 2040-01-05 in 3 d'
    }
}
