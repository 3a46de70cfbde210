BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Connect-Kms' {
    It 'opens a temporary store that is gone afterwards' {
        $connection = Connect-Kms -Temporary
        Get-PropertyName $connection | Should -Be 'AccountId', 'AuthorizationMode', 'AwsManagedKeyRotationPeriodInDays', 'Caller', 'CallerSource', 'ConnectionString', 'ConsistencyDelayInSeconds', 'IsOpen', 'IsSealed', 'IsSimulatedClock', 'IsTemporary', 'LocalFolder', 'Location', 'PasswordFile', 'Path', 'Region', 'RegionSource', 'RootKeyFile', 'UtcNow'
        $connection.AccountId | Should -BeExactly '111122223333'
        $connection.Region | Should -Be 'us-east-1'
        $connection.IsTemporary | Should -BeTrue
        $connection.IsSimulatedClock | Should -BeFalse
        $connection.AwsManagedKeyRotationPeriodInDays | Should -Be 1095
        $connection.Path | Should -Exist
        Disconnect-Kms
        $connection.Path | Should -Not -Exist
        $connection.IsOpen | Should -BeFalse
        $connection.UtcNow | Should -BeNullOrEmpty
    }

    It 'makes the calls of the session as the principal that it is given' {
        $connection = Connect-Kms -Temporary -Principal arn:aws:iam::111122223333:user/alice
        $connection.Caller | Should -BeExactly 'arn:aws:iam::111122223333:user/alice'
        $connection.CallerSource | Should -BeExactly 'Connect-Kms -Principal'
        $null = New-KmsKey
        (Get-KmsEvent -EventName CreateKey).UserIdentity.arn | Should -BeExactly 'arn:aws:iam::111122223333:user/alice'
        $connection = Connect-Kms -Temporary
        $connection.Caller | Should -BeExactly "arn:aws:iam::111122223333:user/$([Environment]::UserName)"
        $connection.CallerSource | Should -BeExactly 'the operating system'
    }

    It 'refuses a principal that makes no calls, and keeps the connection' -ForEach 'alice', 'arn:aws:iam::111122223333:role/deploy' {
        $before = Connect-Kms -Temporary
        $refusal = Get-ErrorOf { Connect-Kms -Temporary -Principal $_ }
        Get-ErrorCode $refusal | Should -Be 'InvalidArgument'
        "$refusal" | Should -BeExactly ("'$_' is not the ARN of a caller, such as arn:aws:iam::111122223333:user/alice. A caller is a user, the session of a role, a " +
            'federated user or the root user of an account; Use-KmsRole makes calls as a role.')
        [object]::ReferenceEquals((Get-KmsConnection), $before) | Should -BeTrue
    }

    It 'makes a store that keeps its keys' {
        (Connect-Kms "$TestDrive/kept").IsTemporary | Should -BeFalse
        $key = New-KmsKey -Description 'kept'
        $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'durable'
        Disconnect-Kms
        $null = Get-Item "$TestDrive/kept" | Connect-Kms
        (Get-KmsKey $key.KeyId).Description | Should -BeExactly 'kept'
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext | Should -BeExactly 'durable'
        Disconnect-Kms
    }

    It 'refuses a store that has lost changes, until the loss is accepted' {
        $folder = "$TestDrive/lost"
        $kept = New-StoreThatLostAChange $folder
        $refusal = Get-ErrorOf { Connect-Kms $folder }
        $refusal.FullyQualifiedErrorId | Should -BeExactly 'StoreLostChanges,KmsTools.Commands.ConnectKmsCommand'
        "$refusal" | Should -BeLike "The store in '*lost' has lost changes: the newest change is missing in 'state.db'.*"
        $refusal.ErrorDetails.RecommendedAction |
            Should -BeExactly "Test-KmsStore -Path '$folder' shows what is damaged. To go on without what is missing, which cannot be undone: Connect-Kms -AcceptLostChanges, with the -Path or the -ConnectionString of the store"
        $null = Connect-Kms $folder -AcceptLostChanges
        (Get-KmsKeyList).KeyId | Should -Be $kept.KeyId
        (Get-KmsEvent -EventName AcceptLostChanges).RequestParameters.lostChanges | Should -Be 1
        Disconnect-Kms
        (Connect-Kms $folder).IsOpen | Should -BeTrue
        Disconnect-Kms
    }

    It 'refuses a store without its event log, until the log is back or its loss is accepted' {
        $folder = "$TestDrive/no-log"
        $null = Connect-Kms $folder
        $key = New-KmsKey
        Disconnect-Kms
        Move-Item "$folder/events" "$TestDrive/events"
        $refusal = Get-ErrorOf { Connect-Kms $folder }
        $refusal.FullyQualifiedErrorId | Should -BeExactly 'StoreLostEvents,KmsTools.Commands.ConnectKmsCommand'
        "$refusal" | Should -BeExactly ("The store in '$folder' is not complete: its event log is missing, the folder 'events' or the catalogue in it. " +
            'Nothing was changed. Put it back, or restore the whole folder from a backup, or accept explicitly that the events which are missing are lost.')
        $refusal.ErrorDetails.RecommendedAction |
            Should -BeExactly "Test-KmsStore -Path '$folder' shows what is damaged. To go on without what is missing, which cannot be undone: Connect-Kms -AcceptLostChanges, with the -Path or the -ConnectionString of the store"
        Move-Item "$TestDrive/events" "$folder/events"
        (Connect-Kms $folder).IsOpen | Should -BeTrue
        (Get-KmsEvent -EventName CreateKey).Count | Should -Be 1
        Disconnect-Kms
        Remove-Item "$folder/events" -Recurse
        $null = Connect-Kms $folder -AcceptLostChanges
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
        $repair = Get-KmsEvent -EventName RepairEventLog
        $repair.RequestParameters.segment | Should -Be 0
        Disconnect-Kms
        (Connect-Kms $folder).IsOpen | Should -BeTrue
        Disconnect-Kms
    }

    It 'opens nothing when it fails after the store was opened, and keeps the connection before' -Skip:$IsWindows {
        $folder = "$TestDrive/fails late"
        $null = Connect-Kms $folder
        $null = New-KmsKey
        $null = Set-KmsAuthorization -Mode Record
        Disconnect-Kms
        $bytes = [IO.File]::ReadAllBytes("$folder/state.db")
        $at = [Text.Encoding]::Latin1.GetString($bytes).IndexOf('Record[]')
        $at | Should -BeGreaterThan 0
        $bytes[$at] = [byte][char] 'Q'
        [IO.File]::WriteAllBytes("$folder/state.db", $bytes)
        $before = Connect-Kms -Temporary
        $refusal = Get-ErrorOf { Connect-Kms $folder }
        $refusal.FullyQualifiedErrorId | Should -BeExactly 'StoreDamaged,KmsTools.Commands.ConnectKmsCommand'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Test-KmsStore -Path '$folder' shows what is damaged."
        [object]::ReferenceEquals((Get-KmsConnection), $before) | Should -BeTrue
        $before.IsOpen | Should -BeTrue
        (Get-ErrorOf { New-KmsKey }).FullyQualifiedErrorId | Should -BeLike 'NotConnected,*'
        [IO.File]::Open("$folder/events/00000001.lock", 'Open', 'ReadWrite', 'None').Dispose()
        [object]::ReferenceEquals((Get-KmsConnection | Connect-Kms), $before) | Should -BeTrue
        (New-KmsKey).KeyState | Should -Be Enabled

        $null = Connect-Kms "$TestDrive/fine"
        $null = New-KmsKey
        $null = Set-KmsAuthorization -Mode Record
        $null = Connect-Kms -Temporary
        { Connect-Kms "$TestDrive/fine" -WarningAction Stop } | Should -Throw
        [IO.File]::Open("$TestDrive/fine/events/00000001.lock", 'Open', 'ReadWrite', 'None').Dispose()
        Disconnect-Kms
    }

    It 'connects when only the first object that it writes is taken' {
        $connection = Connect-Kms -Temporary | Select-Object -First 1
        [object]::ReferenceEquals((Get-KmsConnection), $connection) | Should -BeTrue
        (New-KmsKey).KeyState | Should -Be Enabled
    }

    It 'says that state.db is damaged where its beginning cannot be read, and not in a folder that has no store' {
        $folder = "$TestDrive/no database"
        $null = Connect-Kms $folder
        $null = New-KmsKey
        Disconnect-Kms
        $bytes = [IO.File]::ReadAllBytes("$folder/state.db")
        [Array]::Fill($bytes, [byte] 0xA5, 0, 4096)
        [IO.File]::WriteAllBytes("$folder/state.db", $bytes)
        $refusal = Get-ErrorOf { Connect-Kms $folder }
        "$refusal" | Should -BeExactly "'$folder/state.db' is damaged: it is not a SQLite database. Restore the folder of the store from a backup."
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Test-KmsStore -Path '$folder' shows what is damaged."

        # The event log alone shows that there was a store.
        Remove-Item "$folder/root.key"
        "$(Get-ErrorOf { Connect-Kms $folder })" | Should -BeExactly "$refusal"
        Remove-Item "$folder/events" -Recurse
        $refusal = Get-ErrorOf { Connect-Kms $folder }
        "$refusal" | Should -BeExactly "'$folder/state.db' is not a KmsTools store (it is not a SQLite database). Choose another folder."
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Get-KmsConnection shows the store, Connect-Kms opens another one.'
        Disconnect-Kms
    }

    It 'refuses calls when <Name> is cut while the store is open, and says how to go on' -ForEach @(
        @{ Name = 'state.db' }
        @{ Name = 'state.db-wal' }
    ) -Skip:$IsWindows {
        $folder = "$TestDrive/$($Name.Length)-cut"
        $null = Connect-Kms $folder
        $null = New-KmsKey
        $file = [IO.File]::Open("$folder/$Name", 'Open', 'Write', 'ReadWrite')
        $file.SetLength($file.Length - 1)
        $file.Dispose()
        $refusal = Get-ErrorOf { New-KmsKey }
        Get-ErrorCode $refusal | Should -Be 'KMSInternalException'
        "$refusal" | Should -BeLike "*was removed, replaced or cut while this process used it: '$Name' is shorter than it was. *"
        $refusal.ErrorDetails.RecommendedAction |
            Should -BeExactly '(Get-KmsConnection).Path is the folder. Put back what is missing there, or restore it; then Connect-Kms with that path.'
        Disconnect-Kms
    }

    It 'takes account, Region, clock and rotation period of a new store' {
        $connection = Connect-Kms -Temporary -SimulatedClock -AccountId 444455556666 -Region eu-central-1 -AwsManagedKeyRotationPeriodInDays 365
        $connection.AwsManagedKeyRotationPeriodInDays | Should -Be 365
        $connection.IsSimulatedClock | Should -BeTrue
        (New-KmsKey).Arn | Should -BeLike 'arn:aws:kms:eu-central-1:444455556666:key/*'
    }

    It 'refuses to change the account of a store that exists' {
        $null = Connect-Kms "$TestDrive/account" -AccountId 444455556666
        Disconnect-Kms
        $refusal = Get-ErrorOf { Connect-Kms "$TestDrive/account" -AccountId 777788889999 }
        Get-ErrorCode $refusal | Should -Be 'StateStoreError'
        $refusal.TargetObject | Should -Be "$TestDrive/account"
        (Connect-Kms "$TestDrive/account").AccountId | Should -Be '444455556666'
        Disconnect-Kms
    }

    It 'refuses a folder in which the state of a store is missing, and touches nothing' {
        $null = Connect-Kms "$TestDrive/damaged"
        $key = New-KmsKey
        Disconnect-Kms
        Move-Item "$TestDrive/damaged/state.db" "$TestDrive/state.db"
        $before = Get-ChildItem "$TestDrive/damaged" -File -Recurse | ForEach-Object { "$($_.Name) $((Get-FileHash $_).Hash) $($_.LastWriteTimeUtc.Ticks)" }
        $refusal = Get-ErrorOf { Connect-Kms "$TestDrive/damaged" }
        Get-ErrorCode $refusal | Should -Be 'StateStoreError'
        $refusal.TargetObject | Should -Be "$TestDrive/damaged"
        "$refusal" | Should -BeExactly ("The store in '$TestDrive/damaged' is not complete: 'state.db' is missing, but 'root.key', 'events.db' and 'events' are there. Nothing was changed. " +
            'Put back what is missing, or restore the whole folder from a backup. To create a new store, choose another folder.')
        Get-ChildItem "$TestDrive/damaged" -File -Recurse | ForEach-Object { "$($_.Name) $((Get-FileHash $_).Hash) $($_.LastWriteTimeUtc.Ticks)" } | Should -BeExactly $before
        Move-Item "$TestDrive/state.db" "$TestDrive/damaged/state.db"
        $null = Connect-Kms "$TestDrive/damaged"
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
        Disconnect-Kms
    }

    It 'closes the connection before' {
        $first = Connect-Kms -Temporary
        $second = Connect-Kms -Temporary
        $first.IsOpen | Should -BeFalse
        $first.Path | Should -Not -Exist
        (Get-KmsConnection).Path | Should -Be $second.Path
    }

    It 'refuses <Parameter> <Value>' -ForEach @(
        @{ Parameter = 'AwsManagedKeyRotationPeriodInDays'; Value = 89 }
    ) {
        $given = @{ $Parameter = $Value }
        (Get-ErrorOf { Connect-Kms -Temporary @given }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentValidationError,*'
    }

    It 'refuses -<Parameter> <Shown>, and makes no store' -ForEach @(
        @{ Parameter = 'AccountId'; Value = '12'; Shown = '12' }
        @{ Parameter = 'AccountId'; Value = ''; Shown = '' }
        @{ Parameter = 'AccountId'; Value = '1111222233334'; Shown = '1111222233334' }
        @{ Parameter = 'AccountId'; Value = "111122223333`n"; Shown = '111122223333\u000A' }
        @{ Parameter = 'AccountId'; Value = "111122223333`0"; Shown = '111122223333\u0000' }
        @{ Parameter = 'Region'; Value = 'US:EAST'; Shown = 'US:EAST' }
        @{ Parameter = 'Region'; Value = ''; Shown = '' }
        @{ Parameter = 'Region'; Value = ' us-east-1'; Shown = ' us-east-1' }
        @{ Parameter = 'Region'; Value = "us-east-1`n"; Shown = 'us-east-1\u000A' }
        @{ Parameter = 'Region'; Value = "us-east-1`0"; Shown = 'us-east-1\u0000' }
        @{ Parameter = 'Region'; Value = 'a' * 33; Shown = 'a' * 33 }
    ) {
        $given = @{ $Parameter = $Value }
        $shape = $Parameter -eq 'AccountId' ? 'account ID: it has 12 digits, as in 111122223333.'
            : 'Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1.'
        $refusal = Get-ErrorOf { Connect-Kms "$TestDrive/malformed" @given }
        $refusal.FullyQualifiedErrorId | Should -Be 'InvalidArgument,KmsTools.Commands.ConnectKmsCommand'
        $refusal.ErrorDetails.Message | Should -BeExactly "'$Shown' is not a valid $shape"
        "$TestDrive/malformed" | Should -Not -Exist
    }

    It 'refuses a malformed Region or account for a store that exists, too' {
        $null = Connect-Kms "$TestDrive/existing"
        (Get-ErrorOf { Connect-Kms "$TestDrive/existing" -Region "us-east-1`n" }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { Connect-Kms "$TestDrive/existing" -AccountId "111122223333`n" }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Connect-Kms "$TestDrive/existing" -Region us-east-1 -AccountId 111122223333).Region | Should -BeExactly us-east-1
    }

    It 'takes a Region that AWS does not have, with a warning where it is probably a typo' {
        (Connect-Kms -Temporary -Region us-esat-1 -AccountId 000000000000 -WarningVariable said 3> $null).Region | Should -BeExactly us-esat-1
        $said | Should -BeExactly 'us-esat-1 is not a Region of AWS that KmsTools knows; did you mean us-east-1?'
        (New-KmsKey -WarningVariable said).Arn | Should -BeLike 'arn:aws:kms:us-esat-1:000000000000:key/*'
        $said | Should -BeNullOrEmpty
        $null = Connect-Kms -Temporary -Region ('a' * 32) -WarningVariable said
        $said | Should -BeNullOrEmpty
    }

    It 'warns once per connection of a Region that is probably a typo: <What>' -ForEach @(
        @{ What = 'calls'; Call = { param($region) Get-KmsKeyList -Region $region } }
        @{ What = 'events'; Call = { param($region) Get-KmsEvent -Region $region -Last 1 } }
        @{ What = 'quotas'; Call = { param($region) Get-KmsQuota KeysPerRegion -Region $region } }
        @{ What = 'backups'; Call = { param($region) Get-KmsHsmClusterBackup -Region $region } }
        @{ What = 'replicas'; Call = { param($region) New-KmsReplicaKey (New-KmsKey -MultiRegion $true).KeyId -ReplicaRegion $region -WhatIf } }
    ) {
        foreach ($connection in 1, 2) {
            $null = Connect-Kms -Temporary
            $first, $second = foreach ($time in 1, 2) { , @(& $Call us-esat-1 3>&1 | Where-Object { $_ -is [System.Management.Automation.WarningRecord] }) }
            "$first" | Should -BeExactly 'us-esat-1 is not a Region of AWS that KmsTools knows; did you mean us-east-1?'
            $second | Should -BeNullOrEmpty
        }
    }

    It 'warns where it creates a store whose name is similar to that of another one beside it' {
        $null = Connect-Kms "$TestDrive/similar/lab" -WarningVariable said
        $said | Should -BeNullOrEmpty
        $null = Connect-Kms "$TestDrive/similar/labb" -WarningVariable said 3> $null
        $shown = "There was no store in '$([IO.Path]::Combine($TestDrive, 'similar/labb'))', so a new one was created."
        "$said" | Should -BeExactly "$shown Did you mean '$([IO.Path]::Combine($TestDrive, 'similar', 'lab'))'?"
        $null = Connect-Kms "$TestDrive/similar/labb" -WarningVariable said
        $said | Should -BeNullOrEmpty
        $null = Connect-Kms "$TestDrive/similar/other" -WarningVariable said
        $said | Should -BeNullOrEmpty
        Disconnect-Kms
    }

    It 'takes either a path or -Temporary' {
        (Get-ErrorOf { Connect-Kms -Path "$TestDrive/both" -Temporary }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
        "$TestDrive/both" | Should -Not -Exist
    }

    It 'keeps the folder to its user' -Skip:$IsWindows {
        $null = Connect-Kms "$TestDrive/private"
        [IO.File]::GetUnixFileMode("$TestDrive/private") | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite, UserExecute')
        Disconnect-Kms
    }
}
