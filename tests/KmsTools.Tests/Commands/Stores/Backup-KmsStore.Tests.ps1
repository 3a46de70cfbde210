BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
}

AfterAll {
    Disconnect-Kms
}

Describe 'Backup-KmsStore' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $file = "$folder.kmsbackup"
        $null = Connect-Kms $folder
        $key = New-KmsKey
    }

    It 'writes a backup that Test-KmsStoreBackup verifies' {
        $backup = Backup-KmsStore $file -Passphrase $passphrase
        $backup.IsVerified | Should -BeTrue
        $backup.Keys | Should -Be 1
        $backup.OpenedBy | Should -Be PASSPHRASE
        (Test-KmsStoreBackup $file).IsVerified | Should -BeFalse
        (Get-Item $file | Test-KmsStoreBackup -Passphrase $passphrase).IsVerified | Should -BeTrue
        ($backup | Format-Table | Out-String -Width 80) | Should -Match '\d\d:\d\d:\d\dZ +1 True'
        $failure = { Test-KmsStoreBackup $file -Passphrase (ConvertTo-SecureString 'wrong' -AsPlainText) } |
            Should -Throw '*was not opened. The passphrase is not the one that it was made with.' -ErrorId 'BackupWrongPassphrase,*' -PassThru
        $failure.ErrorDetails.RecommendedAction |
            Should -BeExactly 'Try again. -RecoveryKey opens a backup that was made with one, too.'
        { Test-KmsStoreBackup "$file.missing" } | Should -Throw 'No file matches*'
        $failure = { Backup-KmsStore $file -Passphrase $passphrase } |
            Should -Throw '*exists already. Nothing was written.' -ErrorId 'DestinationExists,*' -PassThru
        $failure.ErrorDetails.RecommendedAction |
            Should -BeExactly 'Choose another name. -Force replaces the file once the new backup is verified.'
        (Backup-KmsStore $file -Passphrase $passphrase -Force).IsVerified | Should -BeTrue
    }

    It 'needs something that opens the backup of a store that is not sealed' {
        { Backup-KmsStore $file } | Should -Throw 'The store is not sealed*Give -Passphrase or -RecoveryKey*'
        Test-Path $file | Should -BeFalse
    }

    It 'changes nothing with -WhatIf' {
        Backup-KmsStore $file -Passphrase $passphrase -WhatIf | Should -BeNullOrEmpty
        Test-Path $file | Should -BeFalse
    }
}
