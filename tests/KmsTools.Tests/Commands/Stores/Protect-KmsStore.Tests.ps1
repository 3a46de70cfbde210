BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"

    # A new store that is sealed, with a ciphertext of its key.
    function New-SealedStore {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $null = Connect-Kms $folder -SimulatedClock
        $blob = (Invoke-KmsEncrypt (New-KmsKey).KeyId -Plaintext text).CiphertextBlob
        [pscustomobject]@{ Folder = $folder; Blob = $blob; Seal = Protect-KmsStore $passphrase }
    }

    function Get-RecoveryText ($Seal) {
        $Seal.RecoveryKey | ConvertFrom-SecureString -AsPlainText
    }

    $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
    $other = ConvertTo-SecureString 'another passphrase' -AsPlainText
}

AfterAll {
    Disconnect-Kms
}

Describe 'Protect-KmsStore' {
    It 'seals the store: its passphrase opens it, and nothing less does' {
        $store = New-SealedStore
        $store.Seal | Should -BeOfType KmsTools.KmsSeal
        $store.Seal.OpenedBy | Should -Be PASSPHRASE, RECOVERY_KEY
        $store.Seal.Path | Should -Be $store.Folder
        (Get-KmsRootKey).SealedBy | Should -Be PASSPHRASE, RECOVERY_KEY
        Disconnect-Kms
        $connection = Connect-Kms $store.Folder 3>&1
        $connection[0].Message | Should -Be 'This store is sealed. Unlock it: Unlock-KmsStore'
        $connection[1].IsSealed | Should -BeTrue
        foreach ($call in { New-KmsKey }, { Get-KmsKey }, { Get-KmsEvent }, { Update-KmsRootKey }) {
            $thrown = $call | Should -Throw -ErrorId 'StoreSealed,*' -PassThru
            "$thrown" | Should -Be "The store '$($store.Folder)' is sealed, and was not unlocked. Unlock it: Unlock-KmsStore"
        }
        $status = Get-KmsStatus
        $status.NextCommands | Should -Be 'Unlock-KmsStore'
        $status.Connection.IsSealed | Should -BeTrue
        $null = $status | Out-String
        (Get-KmsConnection | Format-List | Out-String) | Should -Match 'IsSealed +: True'
        Unlock-KmsStore $passphrase
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $store.Blob).Plaintext | Should -Be 'text'
        $null = Connect-Kms $store.Folder -Passphrase $passphrase
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $store.Blob).Plaintext | Should -Be 'text'
    }

    It 'shows the recovery key nowhere by itself' {
        $store = New-SealedStore
        $text = Get-RecoveryText $store.Seal
        $text | Should -Match '^([0-9A-Z]{4}-){13}[0-9A-Z]{4}$'
        foreach ($view in ($store.Seal | Format-List | Out-String), ($store.Seal | Format-Table | Out-String),
            ($store.Seal | ConvertTo-Json -Depth 3), (Get-KmsEvent | ConvertTo-Json -Depth 8)) {
            $view | Should -Not -Match $text
            $view | Should -Not -Match 'correct horse'
        }
    }

    It 'gives a sealed store another passphrase and another recovery key' {
        $store = New-SealedStore
        $first = Get-RecoveryText $store.Seal
        $seal = Protect-KmsStore -Passphrase $other -Confirm:$false
        Get-RecoveryText $seal | Should -Not -Be $first
        { Connect-Kms $store.Folder -Passphrase $passphrase } | Should -Throw '*does not open the seal*' -ErrorId 'SealWrongPassphrase,*'
        $null = Connect-Kms $store.Folder -Passphrase $other
        (Get-KmsEvent -EventName SealStore).Count | Should -Be 2
    }

    It 'takes the passphrase from a file that others cannot read, and writes the recovery key to one' {
        $null = Connect-Kms (Join-Path $TestDrive ([guid]::NewGuid()))
        $file = Join-Path $TestDrive ([guid]::NewGuid())
        Set-Content $file 'from a file, at length'
        $recovery = Join-Path $TestDrive ([guid]::NewGuid())
        if (-not $IsWindows) {
            chmod 644 $file
            { Protect-KmsStore -PassphraseFile $file } | Should -Throw "*chmod 600 '$file'*"
            chmod 600 $file
        }
        $seal = Protect-KmsStore -PassphraseFile $file -RecoveryKeyFile $recovery
        $seal.RecoveryKey | Should -BeNullOrEmpty
        $seal.RecoveryKeyFile | Should -Be $recovery
        if (-not $IsWindows) {
            (Get-Item $recovery).UnixMode | Should -Be '-rw-------'
        }
        $null = Connect-Kms (Get-KmsConnection).Path -PassphraseFile $file
        $null = Connect-Kms (Get-KmsConnection).Path -WarningAction SilentlyContinue
        Unlock-KmsStore -RecoveryKey (Get-Content $recovery | ConvertTo-SecureString -AsPlainText)
        Get-KmsKeyList | Should -BeNullOrEmpty
    }

    It 'leaves no recovery key that opens nothing' {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $null = Connect-Kms $folder
        $recovery = Join-Path $TestDrive ([guid]::NewGuid())
        $null = New-Item -ItemType Directory (Join-Path $folder 'root.key-new')
        { Protect-KmsStore $passphrase -RecoveryKeyFile $recovery } | Should -Throw '*could not be replaced*'
        Test-Path $recovery | Should -BeFalse
        Remove-Item (Join-Path $folder 'root.key-new')
        (Get-KmsRootKey).SealedBy | Should -BeNullOrEmpty
        { Protect-KmsStore $passphrase -RecoveryKeyFile (Join-Path $folder 'recovery') } | Should -Throw '*in the folder of the store*'
        $null = New-Item $recovery
        { Protect-KmsStore $passphrase -RecoveryKeyFile $recovery } | Should -Throw '*exists*'
        { Protect-KmsStore $passphrase -RecoveryKeyFile $recovery -NoRecoveryKey } | Should -Throw '*exclude each other*'
        (Get-KmsRootKey).SealedBy | Should -BeNullOrEmpty
        (Protect-KmsStore $passphrase -NoRecoveryKey).RecoveryKey | Should -BeNullOrEmpty
        (Get-KmsRootKey).SealedBy | Should -Be PASSPHRASE
    }

    It 'warns of a short passphrase, refuses an empty one, and changes nothing with -WhatIf' {
        $null = Connect-Kms (Join-Path $TestDrive ([guid]::NewGuid()))
        Protect-KmsStore $passphrase -WhatIf | Should -BeNullOrEmpty
        { Protect-KmsStore ([securestring]::new()) } | Should -Throw 'The passphrase is empty.*'
        (Get-KmsRootKey).SealedBy | Should -BeNullOrEmpty
        $warning = Protect-KmsStore (ConvertTo-SecureString short -AsPlainText) 3>&1
        $warning[0].Message | Should -Match 'fewer than 12 characters'
    }

    It 'hands the seal of the session to an endpoint, in no argument and no variable' -Skip:(-not $IsLinux) {
        $store = New-SealedStore
        $endpoint = Start-KmsEndpoint
        try {
            $endpoint.IsRunning | Should -BeTrue
            $process = "/proc/$($endpoint.ProcessId)"
            $text = (Get-Content "$process/cmdline" -Raw) + (Get-Content "$process/environ" -Raw)
            $text | Should -Match '--unlock-from-input'
            $text | Should -Not -Match 'correct horse'
        } finally {
            $endpoint | Stop-KmsEndpoint
        }
        { Start-KmsEndpoint $store.Folder -Passphrase $other } | Should -Throw '*does not open the seal*'
        Disconnect-Kms
        { Start-KmsEndpoint $store.Folder } | Should -Throw '*is sealed, and was not unlocked*'
        $endpoint = Start-KmsEndpoint $store.Folder -Passphrase $passphrase
        $endpoint.IsRunning | Should -BeTrue
        $endpoint | Stop-KmsEndpoint
    }
}
