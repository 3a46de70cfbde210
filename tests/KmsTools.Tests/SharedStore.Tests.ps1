# A store that several machines share, on a real PostgreSQL: each PowerShell and each endpoint is a machine of its own.

BeforeDiscovery {
    . "$PSScriptRoot/LabPostgreSql.ps1"
    $isMissing = -not (Test-LabPostgreSql)
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/LabPostgreSql.ps1"
    $variables = 'KMSTOOLS_STORE', 'KMSTOOLS_ROOT_KEY_FILE', 'KMSTOOLS_PASSWORD_FILE'
    $before = $variables.ForEach({ [Environment]::GetEnvironmentVariable($_) })
    Disconnect-Kms

    # What another machine says: its own process, with the store as the store of its user.
    function Invoke-OtherMachine($Database, [string] $RootKeyFile, [string] $Command) {
        Invoke-NewPowerShell "
            `$env:KMSTOOLS_STORE, `$env:KMSTOOLS_ROOT_KEY_FILE = '$($Database.Application)', '$RootKeyFile'
            `$env:XDG_DATA_HOME = '$TestDrive/other-machine'
            `$PSStyle.OutputRendering = 'PlainText'
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            $Command" 3>&1 2>&1 | ForEach-Object { "$_" }
    }
}

AfterAll {
    Get-KmsEndpoint | Stop-KmsEndpoint
    Disconnect-Kms
    for ($index = 0; $index -lt $variables.Count; $index++) { [Environment]::SetEnvironmentVariable($variables[$index], $before[$index]) }
}

Describe 'Initialize-KmsDatabase on a database' -Skip:$isMissing {
    It 'makes the tables, gives the role its rights, and does nothing the second time' {
        $database = New-LabDatabase
        $done = Initialize-KmsDatabase $database.Owner -Role kms_app
        $done.FormerVersion | Should -BeNullOrEmpty
        $done.Version | Should -BeGreaterOrEqual 16
        $done.Role | Should -BeExactly kms_app
        $done.Location | Should -BeExactly $database.Place
        $again = Initialize-KmsDatabase $database.Owner
        $again.FormerVersion, $again.Version | Should -Be $done.Version, $done.Version
        $again.Role | Should -BeNullOrEmpty

        # The role that runs cannot change a table.
        Invoke-LabSql "SELECT has_table_privilege('kms_app', 'keys', 'INSERT'), has_schema_privilege('kms_app', 'public', 'CREATE')" $database.Name |
            Should -BeExactly 't|f'
    }

    It 'makes nothing with -WhatIf, which does not connect' {
        $said = Get-WhatIf { Initialize-KmsDatabase 'Host=nowhere.invalid;Database=kms;Username=kms_owner' -Role kms_app -WhatIf }
        $said | Should -BeExactly ('What if: Make or update the tables of a store in Host=nowhere.invalid;Port=5432;Database=kms, ' +
            'and give the role kms_app the rights to use it')
    }

    It 'refuses a role that may not make tables, and one that is not there' {
        $database = New-LabDatabase
        (Get-ErrorOf { Initialize-KmsDatabase $database.Application }).Exception.GetType().Name | Should -Be StateStoreException
        (Get-ErrorOf { Initialize-KmsDatabase $database.Owner -Role nobody_at_all }).Exception.Message | Should -Match 'nobody_at_all'
    }
}

Describe 'Connect-Kms -ConnectionString' -Skip:$isMissing {
    BeforeAll {
        $database = New-LabStoreDatabase
        $rootKeyFile = "$TestDrive/kms.rootkey"
        $given = @{ ConnectionString = $database.Application; RootKeyFile = $rootKeyFile; LocalFolder = "$TestDrive/local" }
    }

    AfterEach {
        Get-KmsEndpoint | Stop-KmsEndpoint
        Disconnect-Kms
        foreach ($name in $variables) { [Environment]::SetEnvironmentVariable($name, $null) }
    }

    It 'makes the store with its root key file, which only its owner can read' {
        $connection = Connect-Kms @given -SimulatedClock -AccountId 444455556666 -Region eu-central-1
        $connection.AccountId, $connection.Region, $connection.IsSimulatedClock | Should -Be '444455556666', 'eu-central-1', $true
        $connection.Location | Should -BeExactly $database.Place
        "$connection" | Should -BeExactly $database.Place
        $connection.Path | Should -BeNullOrEmpty
        $connection.LocalFolder | Should -BeExactly "$TestDrive/local"
        $connection.RootKeyFile | Should -BeExactly $rootKeyFile
        [IO.File]::GetUnixFileMode($rootKeyFile) | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite')
        "$TestDrive/local/state.db" | Should -Not -Exist
    }

    It 'shows a key to another machine at once, and what that changes' {
        $null = Connect-Kms @given
        $key = New-KmsKey -Description 'shared'
        $sealed = (Invoke-KmsEncrypt $key -Plaintext 'from here').CiphertextBlob.ToArray()
        $said = Invoke-OtherMachine $database $rootKeyFile "
            (Get-KmsKey $($key.KeyId)).Description
            (Invoke-KmsDecrypt -CiphertextBlob ([Convert]::FromBase64String('$([Convert]::ToBase64String($sealed))'))).Plaintext.ToText()
            `$null = Disable-KmsKey $($key.KeyId)
            (Get-KmsConnection).LocalFolder"
        $said[0..1] | Should -BeExactly 'shared', 'from here'
        $said[2] | Should -BeLike "$TestDrive/other-machine/kmstools/shared/*$($database.Name)-*"
        (Get-KmsKey $key).KeyState | Should -Be Disabled
        (Get-KmsEvent $key.KeyId).EventName | Should -Be 'CreateKey', 'Encrypt', 'DescribeKey', 'Decrypt', 'DisableKey', 'DescribeKey'
        (Test-KmsEventLog | Where-Object Status -NotIn OK, DROPPED) | Should -BeNullOrEmpty
    }

    It 'is given back by Get-KmsConnection, through the pipeline, and shows no secret' {
        $password = "$TestDrive/password"
        Set-Content $password (Get-LabDatabasePassword)
        chmod 600 $password
        $overLoopback = $database.Application -replace 'Host=[^;]*', 'Host=127.0.0.1'
        $null = Connect-Kms -ConnectionString $overLoopback -RootKeyFile $rootKeyFile -PasswordFile $password
        $shown = Get-KmsConnection
        $text = ($shown | Format-List | Out-String) + ($shown | Format-Table | Out-String -Width 200) + ($shown | ConvertTo-Json -WarningAction Ignore)
        $text | Should -Match 'Host=127.0.0.1'
        $text | Should -Not -Match ([regex]::Escape((Get-LabDatabasePassword)))
        $null = Connect-Kms -Temporary
        $again = $shown | Connect-Kms
        $again.ConnectionString, $again.RootKeyFile, $again.PasswordFile, $again.LocalFolder |
            Should -Be $overLoopback, $rootKeyFile, $password, $shown.LocalFolder
        $again.IsOpen | Should -BeTrue
    }

    It 'is what KMSTOOLS_STORE may name, and Get-KmsStatus shows where the store is' {
        $env:KMSTOOLS_STORE, $env:KMSTOOLS_ROOT_KEY_FILE = $database.Application, $rootKeyFile
        Get-KmsConnection -Verbose 4>&1 | Should -BeExactly "Not connected. The next cmdlet opens $($database.Place)."
        $status = Get-KmsStatus
        $status.Connection.Location | Should -BeExactly $database.Place
        ($status | Out-String -Width 200) | Should -Match "Store\s+: $([regex]::Escape($database.Place))"
        (Get-KmsConnection).RootKeyFile | Should -BeExactly $rootKeyFile
    }

    It 'makes no store for Get-KmsStatus' {
        $empty = New-LabStoreDatabase
        $env:KMSTOOLS_STORE, $env:KMSTOOLS_ROOT_KEY_FILE = $empty.Application, "$TestDrive/none.rootkey"
        Get-KmsStatus 3>&1 | Should -BeLike "No store is open, and there is none in $($empty.Place) yet.*"
        "$TestDrive/none.rootkey" | Should -Not -Exist
        Get-KmsConnection | Should -BeNullOrEmpty
    }

    It 'is served by an endpoint of the session, which gets no secret as an argument' {
        $null = Connect-Kms @given
        $key = New-KmsKey
        $endpoint = Start-KmsEndpoint
        $endpoint.Store | Should -BeExactly $database.Place
        Invoke-RestMethod "$($endpoint.Url)/healthz" | ForEach-Object status | Should -BeExactly ok
        (Get-Content -Raw "/proc/$($endpoint.ProcessId)/cmdline") | Should -Match ([regex]::Escape($rootKeyFile))
        $connection = Get-KmsConnection
        Stop-KmsEndpoint $endpoint
        ($connection | Start-KmsEndpoint).Store | Should -BeExactly $database.Place
        (Get-KmsKey $key).KeyId | Should -BeExactly $key.KeyId
    }

    It 'takes a seal in place of the file: it opens everywhere by its passphrase' {
        $sealedDatabase = New-LabStoreDatabase
        $file = "$TestDrive/sealed.rootkey"
        $null = Connect-Kms -ConnectionString $sealedDatabase.Application -RootKeyFile $file
        $key = New-KmsKey
        $null = Protect-KmsStore (ConvertTo-SecureString 'correct horse battery' -AsPlainText) 3>$null
        Disconnect-Kms
        Remove-Item $file -ErrorAction Ignore
        $connection = Connect-Kms -ConnectionString $sealedDatabase.Application -Passphrase (ConvertTo-SecureString 'correct horse battery' -AsPlainText)
        $connection.IsSealed | Should -BeFalse
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
        (Start-KmsEndpoint).Store | Should -BeExactly $sealedDatabase.Place
        Disconnect-Kms
        $locked = Connect-Kms -ConnectionString $sealedDatabase.Application 3>$null
        $locked.IsSealed, $locked.Location | Should -Be $true, $sealedDatabase.Place
    }
}

Describe 'Connect-Kms -ConnectionString refuses' -Skip:$isMissing {
    AfterEach { Disconnect-Kms }

    It 'a database that is not prepared, and says which cmdlet prepares it' {
        $database = New-LabDatabase
        $refusal = Get-ErrorOf { Connect-Kms -ConnectionString $database.Application -RootKeyFile "$TestDrive/unprepared.rootkey" }
        Get-ErrorCode $refusal | Should -BeExactly DatabaseNotInitialized
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*Initialize-KmsDatabase*'
        "$TestDrive/unprepared.rootkey" | Should -Not -Exist
    }

    It 'a password, and repeats it nowhere' {
        $refusal = Get-ErrorOf { Connect-Kms -ConnectionString 'Host=db1;Database=kms;Password=opensesame' }
        Get-ErrorCode $refusal | Should -BeExactly PasswordInConnectionString
        $refusal.CategoryInfo.Category | Should -Be InvalidArgument
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*-PasswordFile*'
        "$refusal $($refusal.TargetObject) $($refusal.CategoryInfo) $($refusal.ErrorDetails.RecommendedAction)" | Should -Not -Match opensesame
        (Get-ErrorOf { Initialize-KmsDatabase 'Host=db1;Database=kms;Password=opensesame' -WhatIf }).FullyQualifiedErrorId |
            Should -BeLike 'PasswordInConnectionString,*'
    }

    It 'a keyword that there is not' {
        $refusal = Get-ErrorOf { Connect-Kms -ConnectionString 'Host=db1;Databse=kms' }
        Get-ErrorCode $refusal | Should -BeExactly InvalidArgument
        "$refusal" | Should -BeLike "*'Databse'*Did you mean 'Database'*"
    }

    It 'a root key file that is not there once the store exists, and one of another store' {
        $database = New-LabStoreDatabase
        $null = Connect-Kms -ConnectionString $database.Application -RootKeyFile "$TestDrive/this.rootkey"
        $key = New-KmsKey
        $other = New-LabStoreDatabase
        $null = Connect-Kms -ConnectionString $other.Application -RootKeyFile "$TestDrive/that.rootkey"
        Disconnect-Kms
        $missing = Get-ErrorOf { Connect-Kms -ConnectionString $database.Application -RootKeyFile "$TestDrive/missing.rootkey" }
        Get-ErrorCode $missing | Should -BeExactly RootKeyFileMissing
        $missing.ErrorDetails.RecommendedAction | Should -BeLike '*-RootKeyFile*'
        "$TestDrive/missing.rootkey" | Should -Not -Exist
        Get-ErrorCode (Get-ErrorOf { Connect-Kms -ConnectionString $database.Application }) | Should -BeExactly RootKeyFileMissing
        $wrong = Get-ErrorOf { Connect-Kms -ConnectionString $database.Application -RootKeyFile "$TestDrive/that.rootkey" }
        Get-ErrorCode $wrong | Should -BeExactly RootKeyFileOfOtherStore
        $null = Connect-Kms -ConnectionString $database.Application -RootKeyFile "$TestDrive/this.rootkey"
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
    }

    It 'a server that does not answer, within five seconds' {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $refusal = Get-ErrorOf { Connect-Kms -ConnectionString 'Host=/tmp/kmstools-no-server;Database=kms;Username=kms_app' -RootKeyFile "$TestDrive/away.rootkey" }
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
        Get-ErrorCode $refusal | Should -BeExactly DatabaseAway
        $refusal.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}

Describe 'A store on its way between folders and databases' -Skip:$isMissing {
    BeforeAll {
        $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
        $folder = "$TestDrive/travelling"
        $null = Connect-Kms $folder
        $key = New-KmsKey -Description 'travels'
        $null = New-KmsAlias -AliasName alias/travels -TargetKeyId $key.KeyId
        $blob = (Invoke-KmsEncrypt -KeyId alias/travels -Plaintext 'kept').CiphertextBlob
        Disconnect-Kms

        # The database that a copy is in, with the parameters of Connect-Kms for it.
        function New-Place([string] $Name) {
            $database = New-LabStoreDatabase
            @{ ConnectionString = $database.Application; RootKeyFile = "$TestDrive/$Name.rootkey"; LocalFolder = "$TestDrive/$Name" }
        }

        function Assert-SameStore {
            (Get-KmsKey alias/travels).Description | Should -BeExactly travels
            (Invoke-KmsDecrypt -CiphertextBlob $blob).Plaintext.ToText() | Should -BeExactly kept
            (Get-KmsEvent -EventName CreateKey).Count | Should -Be 1
            Test-KmsStore -Quiet | Should -BeTrue
        }

        $place = New-Place copied
    }

    AfterEach { Disconnect-Kms }

    It 'is copied from a folder into a database' {
        $copy = Copy-KmsStore $folder $place.ConnectionString -DestinationRootKeyFile $place.RootKeyFile -DestinationLocalFolder $place.LocalFolder
        $copy.Source, $copy.Keys, $copy.RootKeyFile | Should -Be $folder, 1, $place.RootKeyFile
        $copy.Destination | Should -BeExactly ($place.ConnectionString -replace ';Username.*')
        [IO.File]::GetUnixFileMode($place.RootKeyFile) | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite')
        $null = Connect-Kms @place
        Assert-SameStore
        (Get-KmsEvent -EventName CopyStore).RequestParameters.from | Should -BeExactly $folder
        "$(Get-ErrorOf { Copy-KmsStore -Destination $place.ConnectionString -DestinationRootKeyFile "$TestDrive/none.rootkey" })" |
            Should -BeLike "There is a store in the database '*' already. Nothing was copied.*"
        "$TestDrive/none.rootkey" | Should -Not -Exist
    }

    It 'is copied back into a folder, and to another database from the session' {
        $back = Copy-KmsStore @place -Destination "$TestDrive/back"
        $back.Source, $back.Destination, $back.Keys | Should -Be ($place.ConnectionString -replace ';Username.*'), "$TestDrive/back", 1
        $null = Connect-Kms "$TestDrive/back"
        Assert-SameStore
        $null = Connect-Kms @place
        $other = New-Place other
        $null = Copy-KmsStore -Destination $other.ConnectionString -DestinationRootKeyFile $other.RootKeyFile -DestinationLocalFolder $other.LocalFolder
        $null = Connect-Kms @other
        Assert-SameStore
    }

    It 'is backed up from a database, and restored to another and to a folder' {
        $null = Connect-Kms @place
        $backupFile = "$TestDrive/shared.kmsbackup"
        $backup = Backup-KmsStore $backupFile -Passphrase $passphrase
        $backup.Keys | Should -Be 1
        (Test-KmsStoreBackup $backupFile -Passphrase $passphrase).Keys | Should -Be 1
        "$(Get-ErrorOf { Restore-KmsStore $backupFile @place -Passphrase $passphrase })" | Should -BeLike "There is a store in the database '*' already.*"

        $restored = New-Place restored
        Get-WhatIf { Restore-KmsStore $backupFile @restored -Passphrase $passphrase -WhatIf } | Should -BeLike 'What if: Restore the store as of * to Host=*'
        $restored.RootKeyFile | Should -Not -Exist
        $done = Restore-KmsStore $backupFile @restored -Passphrase $passphrase
        $done.Path | Should -BeExactly ($restored.ConnectionString -replace ';Username.*')
        $null = Connect-Kms @restored
        Assert-SameStore
        (Get-KmsEvent -EventName RestoreStore).Count | Should -Be 1
        $null = Restore-KmsStore $backupFile "$TestDrive/restored-folder" -Passphrase $passphrase
        $null = Connect-Kms "$TestDrive/restored-folder"
        Assert-SameStore
    }

    It 'says that the store is restored in the database where changes were seen that it does not have' {
        $lost = New-Place lost
        $null = Connect-Kms @lost
        $null = New-KmsKey
        Disconnect-Kms
        Invoke-LabSql 'DELETE FROM commits WHERE number = (SELECT max(number) FROM commits)' ($lost.ConnectionString -replace '.*Database=(\w+).*', '$1')
        $refusal = Get-ErrorOf { Connect-Kms @lost }
        Get-ErrorCode $refusal | Should -BeExactly StoreLostChanges
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*Connect-Kms -AcceptLostChanges*'
        $null = Connect-Kms @lost -AcceptLostChanges
        (Get-KmsEvent -EventName AcceptLostChanges).RequestParameters.lostChanges | Should -Be 1
        $null = Connect-Kms @lost
    }
}

Describe 'A database over TLS' -Skip:$isMissing {
    BeforeAll {
        $database = New-LabStoreDatabase
        $root = "$TestDrive/root.crt"
        Set-Content $root $global:LabPostgreSql.RootCertificate
        $password = "$TestDrive/tls-password"
        Set-Content $password (Get-LabDatabasePassword)
        chmod 600 $password
        $files = @{ RootKeyFile = "$TestDrive/tls.rootkey"; PasswordFile = $password; LocalFolder = "$TestDrive/tls" }
        function Get-Name([string] $HostName) { $database.Application -replace 'Host=[^;]*', "Host=$HostName" }
    }

    AfterEach { Disconnect-Kms }

    It 'is refused if <Why>, and says what to do' -ForEach @(
        @{ Why = 'its certificate has another name'; HostName = '127.0.0.1'; IsKnown = $true }
        @{ Why = 'its certificate is of nobody known'; HostName = 'localhost'; IsKnown = $false }
    ) {
        $connection = "$(Get-Name $HostName);SSL Mode=VerifyFull" + ($IsKnown ? ";Root Certificate=$root" : '')
        $refusal = Get-ErrorOf { Connect-Kms -ConnectionString $connection @files }
        Get-ErrorCode $refusal | Should -BeExactly DatabaseNotTrusted
        "$refusal" | Should -BeLike '*is not trusted: its certificate was not accepted. Name the certificate of its CA (Root Certificate=...)*'
        $files.RootKeyFile | Should -Not -Exist
    }

    It 'is refused if the file of the CA is not there' {
        $refusal = Get-ErrorOf { Connect-Kms -ConnectionString "$(Get-Name localhost);SSL Mode=VerifyFull;Root Certificate=$TestDrive/no.crt" @files }
        Get-ErrorCode $refusal | Should -BeExactly DatabaseNotTrusted
        "$refusal" | Should -BeLike "*a certificate that the connection string names cannot be read.*no.crt*"
    }

    It 'is used over TLS if its certificate is right' {
        $null = Connect-Kms -ConnectionString "$(Get-Name localhost);SSL Mode=VerifyFull;Root Certificate=$root" @files
        $null = New-KmsKey
        Invoke-LabSql "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND usename = 'kms_app'" $database.Name |
            Should -BeExactly t
    }
}

Describe 'A connection string where a folder belongs' {
    AfterEach { Disconnect-Kms }

    It 'is refused by <_>' -ForEach 'Connect-Kms', 'Start-KmsEndpoint' {
        $command = $_
        $refusal = Get-ErrorOf { & $command 'Host=db1;Database=kms' }
        "$refusal" | Should -BeExactly '-Path names a folder, and this is a connection string. Give it with -ConnectionString.'
        "$PWD/Host=db1;Database=kms" | Should -Not -Exist
    }

    It 'is refused in KMSTOOLS_STORE where its Host is missing, and is not repeated' {
        $said = Invoke-NewPowerShell "
            `$env:KMSTOOLS_STORE = 'Server=db1;Password=opensesame'
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            try { `$null = Get-KmsKeyList } catch { `"`$_`" }" 2>&1
        "$said" | Should -BeExactly 'The environment variable KMSTOOLS_STORE is neither a folder nor a connection string: that has a Host, as in Host=db1;Database=kms.'
    }

    It 'needs -ConnectionString for what belongs to it' {
        $refusal = Get-ErrorOf { Start-KmsEndpoint "$TestDrive/folder" -RootKeyFile ./kms.rootkey }
        "$refusal" | Should -BeExactly '-RootKeyFile, -PasswordFile and -LocalFolder need -ConnectionString: they are for a database.'
        $refusal = Get-ErrorOf { Start-KmsEndpoint "$TestDrive/folder" -ConnectionString 'Host=db1;Database=kms' }
        "$refusal" | Should -BeExactly '-Path and -ConnectionString name two stores. Give one of them.'
        "$TestDrive/folder" | Should -Not -Exist
    }
}
