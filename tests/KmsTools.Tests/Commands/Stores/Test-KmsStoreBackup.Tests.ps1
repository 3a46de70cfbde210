BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Test-KmsStoreBackup' {
    It 'finds a bit that was changed, and a file that is something else' {
        $null = Connect-Kms (Join-Path $TestDrive lab)
        $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
        $file = Join-Path $TestDrive lab.kmsbackup
        $null = Backup-KmsStore $file -Passphrase $passphrase
        $bytes = [IO.File]::ReadAllBytes($file)
        $bytes[-1] = $bytes[-1] -bxor 1
        [IO.File]::WriteAllBytes($file, $bytes)
        (Test-KmsStoreBackup $file).OpenedBy | Should -Be PASSPHRASE
        { Test-KmsStoreBackup $file -Passphrase $passphrase } | Should -Throw '*is damaged: it was cut or changed*'
        Set-Content $file 'something else'
        { Test-KmsStoreBackup $file } | Should -Throw '*is not a backup of a store.'
    }
}
