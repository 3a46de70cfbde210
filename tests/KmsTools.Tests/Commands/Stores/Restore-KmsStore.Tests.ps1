BeforeDiscovery {
    . "$PSScriptRoot/../../LabPostgreSql.ps1"
    $lacksPostgreSql = -not (Test-LabPostgreSql)
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
}

AfterAll {
    Disconnect-Kms
}

Describe 'Restore-KmsStore' {
    BeforeAll {
        $folder = Join-Path $TestDrive lab
        $file = "$folder.kmsbackup"
        $null = Connect-Kms $folder
        $key = New-KmsKey
        $null = Backup-KmsStore $file -Passphrase $passphrase
        $later = New-KmsKey
    }

    It 'makes a store in a new folder without a question' {
        $restored = Restore-KmsStore $file "$folder-new" -Passphrase $passphrase
        $restored.Path | Should -Be "$folder-new"
        $restored.FormerPath | Should -BeNullOrEmpty
        $null = Connect-Kms "$folder-new"
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
        (Test-KmsStore -Quiet) | Should -BeTrue
        (Get-KmsEvent -EventName RestoreStore).Count | Should -Be 1
    }

    It 'changes nothing with -WhatIf, and without what opens the backup' {
        Restore-KmsStore $file "$folder-if" -Passphrase $passphrase -WhatIf | Should -BeNullOrEmpty
        { Restore-KmsStore $file "$folder-if" } | Should -Throw 'Give what opens the backup (PASSPHRASE)*'
        Test-Path "$folder-if" | Should -BeFalse
    }

    It 'replaces a store with -Force, keeps the former one, and says that the session has to connect again' {
        $null = Connect-Kms $folder
        $restored = Restore-KmsStore $file $folder -Passphrase $passphrase -Force -WarningVariable warning 3>$null
        $warning | Should -BeLike 'This session still has the former store open*'
        { New-KmsKey } | Should -Throw '*was removed, replaced or cut while this process used it*'
        $null = Connect-Kms $folder
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
        $null = Connect-Kms $restored.FormerPath
        (Get-KmsKeyList).KeyId | Should -Contain $later.KeyId
    }
}

Describe 'Restore-KmsStore of a store that only the HSM of a lab seals' -Skip:(-not (Test-Path /usr/lib/softhsm/libsofthsm2.so)) {
    BeforeAll {
        # SoftHSM reads its configuration when it is initialized: each test runs in a separate process.
        function Invoke-Lab([string] $Command) {
            Invoke-NewPowerShell "
                `$env:SOFTHSM2_CONF = ''
                Import-Module '$env:KMSTOOLS_TEST_MODULE'
                `$ErrorActionPreference = 'Stop'
                `$WarningPreference = 'Ignore'
                `$pin = ConvertTo-SecureString kmsPswd1 -AsPlainText -Force
                function New-SealedStore([string] `$Path) {
                    `$null = Connect-Kms `$Path
                    `$hsm = Initialize-KmsHsm -Lab -KeyStorePassword `$pin
                    `$null = Protect-KmsStore -Hsm `$hsm.Uri -Pin `$pin -NoRecoveryKey
                    (New-KmsKey).KeyId
                    `$null = Backup-KmsStore `"`$Path.kmsbackup`"
                }
                function Show-Key([string] `$Path) {
                    `$null = Connect-Kms `$Path
                    Unlock-KmsStore -Pin `$pin
                    (Get-KmsKeyList).KeyId
                }
                Set-Location '$TestDrive'
                $Command"
        }
    }

    It 'uses the lab of the store that it replaces, and that of the store of the session' {
        Invoke-Lab "
            `$key = New-SealedStore ./a
            (Show-Key (Restore-KmsStore ./a.kmsbackup ./a-beside -Pin `$pin).Path) -eq `$key
            Disconnect-Kms
            `$null = Restore-KmsStore ./a.kmsbackup ./a -Pin `$pin -Force
            (Show-Key ./a) -eq `$key" | Should -BeExactly 'True', 'True'
    }

    It 'uses a copy of the lab beside the backup, or that -LabFolder names, after the store was lost, and leaves the copy as it is' {
        Invoke-Lab "
            `$key = New-SealedStore ./b
            Disconnect-Kms
            `$null = New-Item -ItemType Directory ./beside, ./kept
            Copy-Item ./b/softhsm ./beside -Recurse -Force
            Copy-Item ./b.kmsbackup ./beside
            Copy-Item ./b/softhsm ./kept/lab -Recurse
            Remove-Item ./b -Recurse -Force
            function Get-Copy { Get-ChildItem ./beside/softhsm, ./kept -Recurse -File | Get-FileHash | ForEach-Object { `$_.Path + `$_.Hash } }
            `$before = @(Get-Copy)
            `$before.Count
            `$null = Restore-KmsStore ./beside/b.kmsbackup ./b1 -Pin `$pin
            (Test-KmsStoreBackup ./beside/b.kmsbackup -Pin `$pin).IsVerified
            `$null = Restore-KmsStore ./b.kmsbackup ./b -Pin `$pin -LabFolder ./kept/lab
            (Test-KmsStoreBackup ./b.kmsbackup -Pin `$pin -LabFolder ./kept/lab).IsVerified
            `$null = Restore-KmsStore ./b.kmsbackup ./b2 -Pin `$pin -LabFolder ./b
            @(Compare-Object `$before @(Get-Copy)).Count
            @([IO.Directory]::GetDirectories([IO.Path]::GetTempPath(), 'kmstools-lab-*')).Count
            './b', './b1', './b2' | ForEach-Object { (Show-Key `$_) -eq `$key }" | Should -BeExactly @(
            '12', 'True', 'True', '0', '0', 'True', 'True', 'True')
    }

    It 'brings the lab to the local folder of a store in a database, which its HSM opens and whose key stores work' -Skip:$lacksPostgreSql {
        . "$PSScriptRoot/../../LabPostgreSql.ps1"
        $database = New-LabStoreDatabase
        Invoke-Lab "
            `$null = Connect-Kms ./p
            `$hsm = Initialize-KmsHsm -Lab -KeyStorePassword `$pin
            `$store = `$hsm | Register-KmsHsmCluster | New-KmsCustomKeyStore lab -KeyStorePassword `$pin
            Connect-KmsCustomKeyStore `$store
            `$key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId `$store
            `$sealed = Invoke-KmsEncrypt `$key.KeyId -Plaintext 'kept in the lab'
            `$null = Protect-KmsStore -Hsm `$hsm.Uri -Pin `$pin -NoRecoveryKey
            `$null = Backup-KmsStore ./p.kmsbackup
            Disconnect-Kms
            Move-Item ./p/softhsm ./p-lab
            Remove-Item ./p -Recurse -Force
            `$place = @{ ConnectionString = '$($database.Application)'; LocalFolder = '$TestDrive/p-local' }
            `$null = Restore-KmsStore ./p.kmsbackup @place -Pin `$pin -LabFolder ./p-lab
            Remove-Item ./p-lab -Recurse -Force
            `$null = Connect-Kms @place
            Unlock-KmsStore -Pin `$pin
            Connect-KmsCustomKeyStore `$store
            [Text.Encoding]::UTF8.GetString((Invoke-KmsDecrypt -CiphertextBlob `$sealed.CiphertextBlob).Plaintext.ToArray())
            (Get-Content ./p-local/softhsm/softhsm2.conf)[0]" | Should -BeExactly @(
            'kept in the lab', "directories.tokendir = $TestDrive/p-local/softhsm/tokens")
    }

    It 'says what is missing where it finds no lab, and refuses a folder without one' {
        Invoke-Lab "
            `$null = New-SealedStore ./c
            Disconnect-Kms
            Move-Item ./c ./elsewhere
            function Show-Refusal([string] `$Lab) {
                `$named = `$Lab ? @{ LabFolder = `$Lab } : @{}
                try { `$null = Restore-KmsStore ./c.kmsbackup ./c1 -Pin `$pin @named }
                catch { `$_.FullyQualifiedErrorId.Split(',')[0]; `$_.ErrorDetails.RecommendedAction ?? `"`$_`" }
            }
            Show-Refusal
            `$null = New-Item -ItemType Directory ./empty
            try { Restore-KmsStore ./c.kmsbackup ./c1 -Pin `$pin -LabFolder ./empty } catch { `"`$_`" }
            Test-Path ./c1
            `$other = New-SealedStore ./d
            Disconnect-Kms
            try { Restore-KmsStore ./c.kmsbackup ./d -Pin `$pin -Force } catch { `$_.FullyQualifiedErrorId.Split(',')[0] }
            `$env:SOFTHSM2_CONF = './elsewhere/softhsm/softhsm2.conf'
            (Restore-KmsStore ./c.kmsbackup ./c1 -Pin `$pin -LabFolder ./elsewhere/softhsm).Path" | Should -BeExactly @(
            'BackupHsmUnavailable'
            '-LabFolder names the folder softhsm of the store that was backed up, or a copy of it. Or give what else opens the backup.'
            "'$TestDrive/empty' has no lab of SoftHSM: name the folder softhsm of a store, or a copy of it, with its folder tokens."
            'False', 'BackupHsmUnavailable', "$TestDrive/c1")
    }
}
