BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Test-KmsStore' {
    BeforeEach {
        $store = "$TestDrive/$([guid]::NewGuid())"
        $null = Connect-Kms -Path $store -SimulatedClock
        $key = New-KmsKey -Description 'original description'
        New-KmsAlias -AliasName alias/orders -TargetKeyId $key.KeyId
        $null = New-KmsAccessKey
    }

    It 'says how much is whole' {
        $result = Test-KmsStore
        $result | Should -BeOfType KmsTools.Persistence.StoreVerification
        $result.IsWhole | Should -BeTrue
        $result.Path | Should -BeExactly $store
        $result.Damages, $result.Notes, $result.Keys, $result.Secrets, $result.NewestChange | Should -Be 0, 0, 1, 2, 3
        $result.Events | Should -Be 3
        Test-KmsStore -Quiet | Should -BeExactly $true
    }

    It 'names a record that was changed, as every call that reads it does' {
        Disconnect-Kms
        $file = "$store/state.db"
        $bytes = [IO.File]::ReadAllBytes($file)
        $text = [Text.Encoding]::Latin1.GetString($bytes)
        $at = $text.IndexOf('original description')
        $at | Should -BeGreaterThan 0
        $bytes[$at] = $bytes[$at] -bxor 1
        [IO.File]::WriteAllBytes($file, $bytes)
        $null = Connect-Kms -Path $store

        $finding, $result = Test-KmsStore
        $finding.Kind | Should -Be RECORD_CHANGED
        $finding.Table | Should -BeExactly 'keys'
        $finding.Record | Should -BeExactly "region=us-east-1, key_id=$($key.KeyId)"
        $result.IsWhole | Should -BeFalse
        $result.Damages | Should -Be 1
        Test-KmsStore -Quiet | Should -BeExactly $false
        ($finding | Out-String -Width 80) -split '\r?\n' | ForEach-Object Length | Measure-Object -Maximum |
            ForEach-Object Maximum | Should -BeLessOrEqual 80

        $failure = { Get-KmsKey $key.KeyId } | Should -Throw -PassThru -ErrorId 'KMSInternalException*'
        $failure.Exception.Message | Should -BeExactly ("The record region=us-east-1, key_id=$($key.KeyId) in table 'keys' of the store was changed " +
            'outside of KmsTools, or is damaged. It is not used. Verify the store, and restore its folder from a backup.')
        $failure.ErrorDetails.RecommendedAction | Should -BeExactly 'Test-KmsStore shows what is damaged.'
    }

    It 'names an event that was changed, and a head that differs' {
        $heads = (Get-KmsEventLog).Segments
        Test-KmsStore -Head $heads -Quiet | Should -BeTrue
        $other = [pscustomobject]@{ Number = 1; Events = 1; Head = '0' * 64 }
        $finding = Test-KmsStore -Head $other | Where-Object IsDamage
        $finding.Kind | Should -Be FILE_DAMAGED
        $finding.Path | Should -BeExactly "$store/events/00000001.log"
    }

    It 'writes a finding as soon as it is found' {
        Disconnect-Kms
        $bytes = [IO.File]::ReadAllBytes("$store/state.db")
        $at = [Text.Encoding]::Latin1.GetString($bytes).IndexOf('original description')
        $bytes[$at] = $bytes[$at] -bxor 1
        [IO.File]::WriteAllBytes("$store/state.db", $bytes)
        $null = Connect-Kms -Path $store

        # The events come later, and a segment with another head is verified again under the lock of the catalogue, which is taken here.
        $lock = [IO.File]::Open("$store/events/catalogue.lock", 'OpenOrCreate', 'ReadWrite', 'None')
        $shell = [powershell]::Create().AddScript(
            "Import-Module '$env:KMSTOOLS_TEST_MODULE'; Test-KmsStore -Head ([pscustomobject]@{ Number = 1; Events = 1; Head = '0' * 64 })")
        $output = [Management.Automation.PSDataCollection[psobject]]::new()
        $running = $shell.BeginInvoke([Management.Automation.PSDataCollection[psobject]] $null, $output)
        while ($output.Count -eq 0 -and -not $running.IsCompleted) { Start-Sleep -Milliseconds 50 }
        $first = $output[0]
        $wasRunning = -not $running.IsCompleted
        $lock.Dispose()
        $shell.EndInvoke($running)
        $shell.Dispose()
        $wasRunning | Should -BeTrue
        $first.Kind | Should -Be 'RECORD_CHANGED'
        $output.Count | Should -Be 3
        $output[1].Kind | Should -Be 'FILE_DAMAGED'
        $output[2] | Should -BeOfType KmsTools.Persistence.StoreVerification
        $output[2].Damages | Should -Be 2
    }
}

Describe 'Test-KmsStore with a store that is not opened' {
    BeforeAll {
        function Get-Fingerprint($Path) {
            Get-ChildItem $Path -Recurse -Force | Sort-Object FullName | ForEach-Object {
                "$($_.FullName) $($_.LastWriteTimeUtc.Ticks) $(if (-not $_.PSIsContainer) { (Get-FileHash $_.FullName).Hash })"
            }
        }

        function Set-Page($Path, $Number) {
            $bytes = [IO.File]::ReadAllBytes($Path)
            [Array]::Fill($bytes, [byte] 0xA5, ($Number - 1) * 4096, 4096)
            [IO.File]::WriteAllBytes($Path, $bytes)
        }
    }

    BeforeEach {
        $store = "$TestDrive/it's $([guid]::NewGuid())"
        $quoted = $store.Replace("'", "''")
        $null = Connect-Kms -Path $store -SimulatedClock
        $keys = 1..20 | ForEach-Object { New-KmsKey -Description "number $_ $('x' * 1000)" }
        Disconnect-Kms
    }

    AfterEach {
        Disconnect-Kms
    }

    It 'says how much is whole, leaves everything as it is, and connects to nothing' {
        $before = Get-Fingerprint $store
        $result = Test-KmsStore -Path $store
        $result | Should -BeOfType KmsTools.Persistence.StoreVerification
        $result.IsWhole, $result.Path, $result.Damages, $result.Notes, $result.Keys, $result.Secrets | Should -Be $true, $store, 0, 0, 20, 20
        $result.NewestChange, $result.Events | Should -Be 20, 20
        Test-KmsStore -Path $store -Quiet | Should -BeExactly $true
        Get-Item -LiteralPath $store | Test-KmsStore -Quiet | Should -BeExactly $true
        Get-Fingerprint $store | Should -BeExactly $before
    }

    It 'examines a store that is open, here too' {
        $null = Connect-Kms -Path $store
        $null = New-KmsKey
        $result = Get-KmsConnection | Test-KmsStore
        $result.IsWhole, $result.Keys, $result.NewestChange | Should -Be $true, 21, 21
        (New-KmsKey).KeyId | Should -Not -BeNullOrEmpty
    }

    It 'names what is damaged in a store that Connect-Kms refuses, which says so: <Part>' -ForEach @(
        @{
            Part = 'the first page of state.db'
            Do = { Set-Page "$store/state.db" 1 }
            Message = "'state.db' is damaged: its beginning cannot be read. Restore the folder of the store from a backup."
        }
        @{
            Part = 'a page of state.db'
            Do = { Set-Page "$store/state.db" 3 }
            Message = "'state.db' is damaged: index 'keys_by_held_deletion', page 3: btreeInitPage() returns error code 11. Restore the folder of the " +
                'store from a backup.'
        }
        @{
            Part = 'root.key, cut'
            Do = { [IO.File]::WriteAllBytes("$store/root.key", [byte[]]::new(20)) }
            Message = "'{0}/root.key' is damaged. Restore it from a backup."
        }
        @{
            Part = 'root.key, missing'
            Do = { Remove-Item -LiteralPath "$store/root.key" }
            Message = "'{0}/root.key' is missing. Nothing in this store can be decrypted without it. Restore it from a backup."
        }
        @{
            Part = 'state.db, missing'
            Do = { Remove-Item -LiteralPath "$store/state.db" }
            Message = "The store in '{0}' is not complete: 'state.db' is missing, but 'root.key', 'events.db' and 'events' are there. Nothing was changed. " +
                'Put back what is missing, or restore the whole folder from a backup. To create a new store, choose another folder.'
        }
        @{
            Part = 'the catalogue of the event log, missing'
            Do = { Remove-Item -LiteralPath "$store/events/catalogue.log" }
            Message = "'catalogue.log' of the event log is missing."
        }
    ) {
        & $Do
        $refusal = { Connect-Kms -Path $store } | Should -Throw -PassThru
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "Test-KmsStore -Path '$($quoted -replace '\[', '`[')' shows what is damaged.*"
        Disconnect-Kms
        $before = Get-Fingerprint $store
        $found = Test-KmsStore -Path $store
        $found[0].Kind, $found[0].IsDamage | Should -Be 'FILE_DAMAGED', $true
        $found[0].Message | Should -BeExactly ($Message -f $store)
        $found[-1].IsWhole | Should -BeFalse
        Test-KmsStore -Path $store -Quiet | Should -BeExactly $false
        Get-Fingerprint $store | Should -BeExactly $before
    }

    It 'names the record that Connect-Kms does not accept' {
        $bytes = [IO.File]::ReadAllBytes("$store/state.db")
        $text = [Text.Encoding]::Latin1.GetString($bytes)
        $id = $text.IndexOf('111122223333us-east-1')
        $id | Should -BeGreaterThan 0
        $bytes[$id] = [byte][char] '9'
        [IO.File]::WriteAllBytes("$store/state.db", $bytes)
        $refusal = { Connect-Kms -Path $store } | Should -Throw -PassThru -ErrorId 'StoreDamaged*'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Test-KmsStore -Path '$quoted' shows what is damaged."
        $finding, $result = Test-KmsStore -Path $store
        $finding.Kind, $finding.Table, $finding.Record | Should -Be 'RECORD_CHANGED', 'store', 'id=1'
        $result.Damages, $result.Keys | Should -Be 1, 20
    }

    It 'names the keys on a page that cannot be read' {
        $bytes = [IO.File]::ReadAllBytes("$store/state.db")
        $at = [Text.Encoding]::Latin1.GetString($bytes).LastIndexOf('number 7 xxx')
        Set-Page "$store/state.db" ([Math]::Floor($at / 4096) + 1)
        $found = Test-KmsStore -Path $store
        $found.Record | Should -Contain "region=us-east-1, key_id=$($keys[6].KeyId)"
        $lost = @($found | Where-Object Table -EQ keys).Count
        $found[-1].Keys | Should -Be (20 - $lost)
    }

    It 'says that a segment ends within an event' {
        $bytes = [IO.File]::ReadAllBytes("$store/events/00000001.log")
        [IO.File]::WriteAllBytes("$store/events/00000001.log", $bytes[0..($bytes.Length - 11)])
        $finding, $result = Test-KmsStore -Path $store
        $finding.Kind, $finding.IsDamage, $finding.Subject | Should -Be 'NOT_COMPARED', $false, '00000001.log'
        $finding.Message | Should -BeExactly ("'00000001.log' of the event log ends within an event, after 19 whole ones: a process is writing it, was killed " +
            'while it did, or the file was cut. Whether there were events behind is not known.')
        $result.IsWhole, $result.Notes, $result.Events | Should -Be $true, 1, 19
    }

    It 'needs what opens a sealed store, and verifies the rest without it' {
        $null = Connect-Kms -Path $store
        $secret = ConvertTo-SecureString 'correct horse battery staple' -AsPlainText
        $null = Protect-KmsStore -Passphrase $secret -Confirm:$false
        Disconnect-Kms
        $finding, $result = Test-KmsStore -Path $store
        $finding.Kind, $finding.IsDamage | Should -Be 'NOT_COMPARED', $false
        $finding.Message | Should -BeExactly ('The store is sealed, and nothing was given that opens it: the MACs of its records and its secrets were not ' +
            'verified.')
        $result.IsWhole, $result.Records, $result.Keys | Should -Be $true, 0, 0
        Test-KmsStore -Path $store -Quiet -WarningVariable warning 3>$null | Should -BeExactly $true
        $warning | Should -BeExactly ('The store is sealed, and nothing was given that opens it: the MACs of its records and its secrets were not ' +
            'verified. Give -Passphrase, -RecoveryKey or -Pin, or a file with one of them.')
        Test-KmsStore -Path $store -Quiet -Passphrase $secret -WarningVariable warning | Should -BeExactly $true
        $warning | Should -BeNullOrEmpty
        $result = Test-KmsStore -Path $store -Passphrase $secret
        $result.IsWhole, $result.Notes, $result.Keys | Should -Be $true, 0, 20
        { Test-KmsStore -Path $store -Passphrase (ConvertTo-SecureString 'wrong horse battery staple' -AsPlainText) } |
            Should -Throw -ErrorId 'SealWrongPassphrase*'
    }

    It 'warns with -Quiet of what could not be verified, beside what is damaged' {
        Set-Page "$store/state.db" 1
        Test-KmsStore -Path $store -Quiet -WarningVariable warning 3>$null | Should -BeExactly $false
        $warning | Should -BeExactly "The event log was not verified: 'state.db' cannot be asked which store it belongs to."
    }

    It 'refuses a folder without a store' {
        $null = New-Item -ItemType Directory "$TestDrive/none"
        { Test-KmsStore -Path "$TestDrive/none" } | Should -Throw "The folder '$TestDrive/none' has no store." -ErrorId 'StateStoreError*'
    }
}

Describe 'Test-KmsStore with HSMs' {
    BeforeAll {
        . "$PSScriptRoot/../../Lab.ps1"
        $lab = New-LabFolder
        $null = Connect-Kms -Temporary -SimulatedClock
        $compared = New-LabKeyStore verified -Connected
        $other = New-LabKeyStore unverified
        $clusters = $compared, $other | ForEach-Object { (Get-KmsCustomKeyStore $_).CloudHsmClusterId }
        $lost = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $compared
        $lostFile = @(Get-LabHsmObject $lab verified)
        $orphaned = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $compared

        function Get-NotCompared($ClusterId) {
            "The HSMs of $ClusterId were not, or not all, compared with the keys: no custom key store is connected to it, so there is no login."
        }
    }

    AfterAll {
        Disconnect-Kms
        Remove-LabFolder $lab
    }

    It 'compares those that are connected, and names the others, which is not damage' {
        $finding, $result = Test-KmsStore
        $finding.Kind, $finding.IsDamage, $finding.ClusterId | Should -Be 'NOT_COMPARED', $false, $clusters[1]
        $finding.Message | Should -BeExactly (Get-NotCompared $clusters[1])
        $result.IsWhole, $result.Damages, $result.Notes | Should -Be $true, 0, 1
        $result.ComparedClusters | Should -Be $clusters[0]
        Test-KmsStore -Quiet -WarningVariable warning | Should -BeTrue
        $warning | Should -BeNullOrEmpty

        Connect-KmsCustomKeyStore $other
        $result = Test-KmsStore
        $result | Should -BeOfType KmsTools.Persistence.StoreVerification
        $result.ComparedClusters | Sort-Object | Should -Be ($clusters | Sort-Object)
        Disconnect-KmsCustomKeyStore $other
    }

    It 'names a key whose material is gone, and material without a key, which is not damage' {
        Disconnect-KmsCustomKeyStore $compared
        Remove-Item $lostFile
        $null = Register-KmsKeyDeletion $orphaned -PendingWindowInDay 7 -Force
        (Step-KmsClock -ToNext).OrphansLeft | Should -Be 1
        (Test-KmsStore | Select-Object -SkipLast 1).Message | Sort-Object | Should -BeExactly ($clusters.ForEach({ Get-NotCompared $_ }) | Sort-Object)

        Connect-KmsCustomKeyStore $compared
        $found = Test-KmsStore
        $found.Kind | Where-Object { $_ } | Sort-Object { "$_" } | Should -Be 'KEY_WITHOUT_MATERIAL', 'MATERIAL_WITHOUT_KEY', 'NOT_COMPARED'
        $gone = $found | Where-Object Kind -EQ KEY_WITHOUT_MATERIAL
        $gone.IsDamage, $gone.KeyArn | Should -Be $true, $lost.Arn
        $gone.Message | Should -BeExactly "No HSM of $($clusters[0]) holds the material of the key: what it encrypted cannot be decrypted."
        $orphan = $found | Where-Object Kind -EQ MATERIAL_WITHOUT_KEY
        $orphan.IsDamage, $orphan.KeyArn | Should -Be $false, $orphaned.Arn
        $orphan.Message | Should -BeExactly "HSMs of $($clusters[0]) hold material of this store that no key uses: verified."
        $found[-1].Damages, $found[-1].Notes | Should -Be 1, 2
        Test-KmsStore -Quiet | Should -BeFalse
    }
}
