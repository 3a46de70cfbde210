BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
    $folder = Join-Path $TestDrive ([guid]::NewGuid())
    $null = Connect-Kms $folder
    $key = New-KmsKey
    $recoveryText = (Protect-KmsStore $passphrase).RecoveryKey | ConvertFrom-SecureString -AsPlainText
}

AfterAll {
    Disconnect-Kms
}

Describe 'Unlock-KmsStore' {
    BeforeEach {
        $null = Connect-Kms $folder -WarningAction SilentlyContinue
    }

    It 'tells what does not open the store apart, and leaves it sealed' {
        { Unlock-KmsStore (ConvertTo-SecureString 'correct hors battery' -AsPlainText) } |
            Should -Throw '*The passphrase does not open the seal.' -ErrorId 'SealWrongPassphrase,*'
        $typo = ($recoveryText[0] -eq '7' ? '8' : '7') + $recoveryText.Substring(1)
        { Unlock-KmsStore -RecoveryKey (ConvertTo-SecureString $typo -AsPlainText) } | Should -Throw '*typing error*'
        { Unlock-KmsStore -RecoveryKey (ConvertTo-SecureString "$recoveryText-0" -AsPlainText) } |
            Should -Throw '*it has 57 letters and digits, and a recovery key has 56.*'
        $zeros = '0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-0000-000B-P46S'
        { Unlock-KmsStore -RecoveryKey (ConvertTo-SecureString $zeros -AsPlainText) } |
            Should -Throw '*The recovery key is that of another seal.' -ErrorId 'SealWrongRecoveryKey,*'
        { Unlock-KmsStore -Pin (ConvertTo-SecureString 1234 -AsPlainText) } |
            Should -Throw '*No HSM opens the seal.' -ErrorId 'SealNoSuchSlot,*'
        (Get-KmsConnection).IsSealed | Should -BeTrue
    }

    It 'takes the recovery key as people type it' {
        Unlock-KmsStore -RecoveryKey (ConvertTo-SecureString $recoveryText.ToLower().Replace('-', ' ') -AsPlainText)
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
    }

    It 'returns the connection with -PassThru, and does no harm to a store that is unlocked' {
        $connection = Unlock-KmsStore $passphrase -PassThru
        $connection | Should -BeOfType KmsTools.KmsConnection
        $connection.IsSealed | Should -BeFalse
        Unlock-KmsStore $passphrase
        (Get-KmsKeyList).KeyId | Should -Be $key.KeyId
    }

    It 'warns where there is nothing to unlock' {
        $null = Connect-Kms -Temporary
        (Unlock-KmsStore $passphrase 3>&1).Message | Should -Be 'This store is not sealed. Seal it: Protect-KmsStore'
    }
}
