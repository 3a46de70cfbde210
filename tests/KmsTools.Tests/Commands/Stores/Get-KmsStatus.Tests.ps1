BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $null = Step-KmsClock -To '2040-01-01T12:00:00Z'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Get-KmsStatus' {
    It 'creates no store' {
        $folder = "$TestDrive/none"
        Invoke-NewPowerShell "`$env:KMSTOOLS_STORE = '$folder'; Import-Module '$env:KMSTOOLS_TEST_MODULE'; Get-KmsStatus" 3>&1 |
            ForEach-Object { $_ -replace "`e\[[\d;]*m" } | Should -BeExactly "WARNING: No store is open, and there is none in $folder yet. New-KmsKey creates it, Connect-Kms opens another one."
        $folder | Should -Not -Exist
    }

    It 'says how to begin in an empty store' {
        $status = Get-KmsStatus
        $status.Keys.Count | Should -Be 0
        $status.NextDue | Should -BeNullOrEmpty
        $status.NextCommands | Should -BeExactly 'New-KmsKey'
    }

    It 'shows the lab on one screen of 80 characters' {
        $store = New-LabKeyStore 'status'
        $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
        Connect-KmsCustomKeyStore $store
        $gone = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $null = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        New-KmsAlias $gone alias/tmp
        $null = Register-KmsKeyDeletion $gone -PendingWindowInDay 7
        $before = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
        $screen = @(Get-KmsStatus | Out-String -Width 160 -Stream | Where-Object { $_ } | ForEach-Object TrimEnd)
        $PSStyle.OutputRendering = $before
        $screen[1..14] | Should -BeExactly @(
            'Clock         : 2040-01-01 12:00:00Z (simulated: it stands still until Step-KmsClock)'
            'Account       : 111122223333'
            'Region        : us-east-1'
            "Caller        : arn:aws:iam::111122223333:user/$([Environment]::UserName)"
            'Authorization : Enforce'
            'Keys          : 2: 1 Enabled, 1 PendingDeletion'
            'Next due      : Deletion of alias/tmp on 2040-01-08 12:00Z'
            "Key stores    : status ($store): CONNECTED, 2 keys"
            "HSMs          : ${cluster}: status ACTIVE"
            'Orphans       : 0'
            'Alarms        : none'
            'Endpoints     : none'
            'Type next     : Get-KmsSchedule')
        Disconnect-KmsCustomKeyStore $store
        $null = New-KmsAlarm 'left over' -Event OrphanedKeyMaterial
        $null = Step-KmsClock 8d
        $status = Get-KmsStatus
        $status.OrphanCount | Should -Be 1
        $status.Alarms.Name | Should -Be 'left over'
        $status.NextCommands | Should -BeExactly "Connect-KmsCustomKeyStore $store", "Get-KmsAlarm 'left over'", 'Get-KmsOrphanedKeyMaterial'
        [KmsTools.Views]::KeyStores($status.KeyStores) | Should -BeExactly "status ($store): DISCONNECTED, 1 key"
    }

    It 'connects what a login to the HSM of an orphan needs, in its Region, and disconnects nothing' {
        $before = (Get-KmsStatus).NextCommands
        $StoredAWSRegion = 'eu-west-1'
        $store = New-LabKeyStore 'status-orphan'
        Remove-Variable StoredAWSRegion
        Connect-KmsCustomKeyStore $store -Region eu-west-1
        $gone = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store -Region eu-west-1
        $null = Register-KmsKeyDeletion $gone.Arn -PendingWindowInDay 7 -Region eu-west-1
        Disconnect-KmsCustomKeyStore $store -Region eu-west-1
        $connect = "Connect-KmsCustomKeyStore $store -Region eu-west-1"
        (Get-KmsStatus).NextCommands | Should -Contain $connect
        $null = Step-KmsClock 8d
        [KmsTools.Views]::KeyStores((Get-KmsStatus).KeyStores) | Should -Match "status-orphan \($store\): DISCONNECTED, 0 keys"
        $next = (Get-KmsStatus).NextCommands
        $next | Should -Contain $connect
        $next | Should -Contain Get-KmsOrphanedKeyMaterial
        (Get-KmsOrphanedKeyMaterial 3>&1 | Out-String) | Should -BeLike "*$connect*"
        Invoke-Expression $connect
        (Get-KmsStatus).NextCommands | Should -Not -Contain $connect
        Get-KmsOrphanedKeyMaterial -WarningAction Ignore | Where-Object KeyArn -EQ $gone.Arn | Remove-KmsOrphanedKeyMaterial -Confirm:$false
        Disconnect-KmsCustomKeyStore $store -Region eu-west-1
        (Get-KmsStatus).NextCommands | Should -BeExactly $before
    }

    It 'counts keys whose material no HSM holds, once the HSMs were compared, until they hold it again' {
        $store = New-LabKeyStore 'status-lost'
        $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
        Connect-KmsCustomKeyStore $store
        $null = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $object = Get-LabHsmObject $lab 'status-lost'
        (Get-KmsStatus).LostKeyCount | Should -Be 0
        (Get-KmsStatus | Out-String) | Should -Not -BeLike '*Lost keys*'
        Move-Item $object.FullName $lab
        (Get-KmsOrphanedKeyMaterial $cluster).Kind | Should -Be 'KEY_WITHOUT_MATERIAL'
        $before = (Get-KmsEvent).Count
        $status = Get-KmsStatus
        $status.LostKeyCount | Should -Be 1
        $status.NextCommands | Should -Contain 'Get-KmsOrphanedKeyMaterial'
        ($status | Out-String) | Should -BeLike '*Lost keys*: *1 key whose material no HSM holds*'
        [KmsTools.Views]::LostKeys(2) | Should -BeExactly '2 keys whose material no HSM holds'
        (Get-KmsEvent).Count | Should -Be $before
        Move-Item (Join-Path $lab $object.Name) $object.FullName
        Disconnect-KmsCustomKeyStore $store
        Connect-KmsCustomKeyStore $store
        (Get-KmsStatus).LostKeyCount | Should -Be 0
    }

    It 'shows endpoints by their URLs, and no line for commands where there are none' {
        $status = Get-KmsStatus
        $calm = [KmsTools.KmsStatus].GetMethod('<Clone>$').Invoke($status, @())
        [KmsTools.KmsStatus].GetProperty('NextCommands').SetValue($calm, [Collections.Immutable.ImmutableArray[string]]::Empty)
        $screen = $calm | Format-List | Out-String
        $screen | Should -Match '(?m)^(`e\[[\d;]*m)?Endpoints +: (`e\[[\d;]*m)?none\r?$'
        $screen | Should -Not -BeLike '*Type next*'
        $endpoint = Start-KmsEndpoint
        try {
            Get-KmsStatus | Format-List | Out-String | Should -BeLike "*Endpoints *: *$($endpoint.Url)*"
        }
        finally {
            $endpoint | Stop-KmsEndpoint
        }
    }

    It 'gives commands that PowerShell can read' {
        foreach ($command in (Get-KmsStatus).NextCommands) {
            $errors = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($command, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
        }
    }

    It 'counts keys by the name of their state, also in JSON' {
        $null = Connect-Kms -Temporary
        $null = New-KmsKey
        Disable-KmsKey (New-KmsKey)
        Disable-KmsKey (New-KmsKey)
        $status = Get-KmsStatus
        $status.Keys.Enabled, $status.Keys['Disabled'], $status.Keys[[KmsTools.KeyState]::Enabled] | Should -Be 1, 2, 1
        $status | ConvertTo-Json -Compress -WarningAction Ignore | Should -BeLike '*"Keys":{"Disabled":2,"Enabled":1},*'
        [KmsTools.Views]::KeyCounts($status.Keys) | Should -BeExactly '3: 1 Enabled, 2 Disabled'
    }
}
