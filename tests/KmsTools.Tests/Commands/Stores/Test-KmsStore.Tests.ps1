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
        Test-KmsStore -Quiet | Should -BeTrue

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
