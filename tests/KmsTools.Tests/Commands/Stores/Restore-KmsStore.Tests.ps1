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
