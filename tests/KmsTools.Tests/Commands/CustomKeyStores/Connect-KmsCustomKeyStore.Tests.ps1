BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'connect'
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Connect-KmsCustomKeyStore' {
    AfterEach {
        if ((Get-KmsCustomKeyStore $store).ConnectionState -ne 'DISCONNECTED') { Disconnect-KmsCustomKeyStore $store }
    }

    It 'connects the store, and writes nothing' {
        Connect-KmsCustomKeyStore $store | Should -BeNullOrEmpty
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        (New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store).KeyState | Should -Be 'Enabled'
    }

    It 'takes IDs, and what Get-KmsCustomKeyStore writes, from the pipeline' {
        $store | Connect-KmsCustomKeyStore
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        Disconnect-KmsCustomKeyStore $store
        Get-KmsCustomKeyStore | Connect-KmsCustomKeyStore -Select ^CustomKeyStoreId | Should -Be $store
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
    }

    It 'connects nothing with -WhatIf' {
        Connect-KmsCustomKeyStore $store -WhatIf
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'DISCONNECTED'
    }

    It 'names store and cluster with -Verbose' {
        $cluster = (Get-KmsCustomKeyStore $store).CloudHsmClusterId
        Connect-KmsCustomKeyStore $store -Verbose 4>&1 | Should -BeLike "Connect custom key store $store ('connect' on $cluster)*"
    }

    It 'says why the HSM does not let it in' {
        $wrong = New-LabCluster 'connect-wrong'
        $id = New-KmsCustomKeyStore wrong -CloudHsmClusterId $wrong.ClusterId -TrustAnchorCertificate $wrong.TrustAnchorCertificate -KeyStorePassword 'wrongPswd1'
        $warnings = @()
        Connect-KmsCustomKeyStore $id -WarningVariable warnings -WarningAction SilentlyContinue
        $way = "Disconnect-KmsCustomKeyStore $id; Update-KmsCustomKeyStore $id -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore $id"
        $warnings[0].Message | Should -BeLike 'INVALID_CREDENTIALS: *CKR_PIN_INCORRECT*'
        $warnings[1].Message | Should -BeExactly $way
        $entry = Get-KmsCustomKeyStore $id
        $entry.ConnectionState | Should -Be 'FAILED'
        $entry.ConnectionErrorCode | Should -Be 'INVALID_CREDENTIALS'
        $refusal = Get-ErrorOf { Connect-KmsCustomKeyStore $id }
        Get-ErrorCode $refusal | Should -Be 'CustomKeyStoreInvalidStateException'
        $refusal.CategoryInfo.Category | Should -Be 'InvalidOperation'
        $refusal.TargetObject | Should -Be $id
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly $way
    }

    It 'is told as the whole way out by all that needs the key store, and the way leads out' {
        $id = (Get-KmsCustomKeyStore -CustomKeyStoreName wrong).CustomKeyStoreId
        $way = "Disconnect-KmsCustomKeyStore $id; Update-KmsCustomKeyStore $id -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore $id"
        (Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $id }).ErrorDetails.RecommendedAction | Should -BeExactly $way
        (Get-ErrorOf { Update-KmsCustomKeyStore $id -KeyStorePassword 'kmsPswd1' }).ErrorDetails.RecommendedAction | Should -BeExactly $way
        (Get-ErrorOf { Remove-KmsCustomKeyStore $id }).ErrorDetails.RecommendedAction | Should -BeExactly "Disconnect-KmsCustomKeyStore $id first."
        Invoke-Expression $way.Replace('(Read-Host -AsSecureString)', "(ConvertTo-LabPin 'kmsPswd1')")
        (Get-KmsCustomKeyStore $id).ConnectionState | Should -Be 'CONNECTED'
        (Get-ErrorOf { Update-KmsCustomKeyStore $id -KeyStorePassword 'kmsPswd1' }).ErrorDetails.RecommendedAction |
            Should -BeExactly "Disconnect-KmsCustomKeyStore $id first, and Connect-KmsCustomKeyStore $id afterwards."
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $id
        Disconnect-KmsCustomKeyStore $id
        (Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext a }).ErrorDetails.RecommendedAction | Should -BeExactly "Connect-KmsCustomKeyStore $id"
    }

    It 'changes the password of a managed cluster, which stays the owner''s to take back' {
        $null = New-LabCluster 'connect-managed'
        $managed = Register-KmsHsmCluster $LabLibrary connect-managed -ManagePassword
        $id = New-KmsCustomKeyStore managed -CloudHsmClusterId $managed.ClusterId -TrustAnchorCertificate $managed.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        Connect-KmsCustomKeyStore $id
        (Get-KmsCustomKeyStore $id).ConnectionState | Should -Be 'CONNECTED'
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $id
        Disconnect-KmsCustomKeyStore $id
        Get-ErrorCode (Get-ErrorOf { Get-KmsOrphanedKeyMaterial $managed.ClusterId -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') }) |
            Should -Be 'HsmInvalidCredentials'
        Connect-KmsCustomKeyStore $id
        Read-Text (Invoke-KmsEncrypt $key.KeyId -Plaintext 'abc' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
        Disconnect-KmsCustomKeyStore $id
    }

    It 'refuses a store that does not exist' {
        $refusal = Get-ErrorOf { Connect-KmsCustomKeyStore cks-12345678901234567 }
        $refusal.FullyQualifiedErrorId | Should -Be 'CustomKeyStoreNotFoundException,KmsTools.Commands.ConnectKmsCustomKeyStoreCommand'
        $refusal.Exception.Message | Should -BeExactly 'Custom key store cks-12345678901234567 does not exist.'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'takes the password from the file that a URI of the cluster names, when it is made and when the file changes' {
        $file = Join-Path $TestDrive pin
        function Set-Pin($Pin) {
            Set-Content $file $Pin
            if (-not $IsWindows) { [IO.File]::SetUnixFileMode($file, 'UserRead, UserWrite') }
        }

        Set-Pin 'wrong-pin'
        $token = Initialize-KmsHsm $LabLibrary 'connect-by-uri' -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
        $cluster = Register-KmsHsmCluster -Uri "$($token.Uri)&pin-source=file:$file"
        $cluster.PinSource | Should -Be $file
        $given = @{ CloudHsmClusterId = $cluster.ClusterId; TrustAnchorCertificate = $cluster.TrustAnchorCertificate }
        $store = New-KmsCustomKeyStore 'connect by uri' @given
        Connect-KmsCustomKeyStore $store -WarningAction SilentlyContinue
        (Get-KmsCustomKeyStore $store).ConnectionErrorCode | Should -Be 'INVALID_CREDENTIALS'
        Disconnect-KmsCustomKeyStore $store
        Set-Pin 'kmsPswd1'
        Connect-KmsCustomKeyStore $store -WhatIf
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'DISCONNECTED'
        $said = Connect-KmsCustomKeyStore $store -Verbose 4>&1 | Out-String
        $said | Should -Match 'it is taken over'
        $said | Should -Not -Match 'kmsPswd1'
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        Disconnect-KmsCustomKeyStore $store

        # What is wrong with the file is no reason not to try the password that the store has.
        if (-not $IsWindows) {
            [IO.File]::SetUnixFileMode($file, 'UserRead, UserWrite, GroupRead')
            Connect-KmsCustomKeyStore $store -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike "The PIN file $file can be read or written by others than its owner. *The password that $store has is used."
            (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
            "$(Get-ErrorOf { New-KmsCustomKeyStore 'another' @given })" | Should -BeLike "The PIN file $file can be read or written by others than its owner. *"
            Disconnect-KmsCustomKeyStore $store
        }

        Remove-Item $file
        Connect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        "$(Get-ErrorOf { New-KmsCustomKeyStore 'another' @given })" | Should -BeExactly "The PIN file ${file} does not exist."
    }
}

Describe 'A custom key store whose HSM has another password since its connect' {
    It 'is told what leads out by errors, by the status and by a connect that changes nothing' {
        $null = New-LabCluster 'connect-changed'
        $null = Connect-Kms "$TestDrive/changed" -SimulatedClock
        $cluster = Register-KmsHsmCluster $LabLibrary connect-changed
        $id = New-KmsCustomKeyStore changed -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        Connect-KmsCustomKeyStore $id
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $id

        # Another store changes it.
        $null = Connect-Kms "$TestDrive/changing" -SimulatedClock
        $managed = Register-KmsHsmCluster $LabLibrary connect-changed -ManagePassword
        $other = New-KmsCustomKeyStore other -CloudHsmClusterId $managed.ClusterId -TrustAnchorCertificate $managed.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        Connect-KmsCustomKeyStore $other -WarningAction SilentlyContinue
        Disconnect-KmsCustomKeyStore $other

        $null = Connect-Kms "$TestDrive/changed"
        (Get-KmsStatus).NextCommands | Should -BeNullOrEmpty
        $way = "Disconnect-KmsCustomKeyStore $id; Update-KmsCustomKeyStore $id -KeyStorePassword (Read-Host -AsSecureString); Connect-KmsCustomKeyStore $id"
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext a }
        Get-ErrorCode $refusal | Should -Be 'KMSInvalidStateException'
        $refusal.Exception.Message | Should -BeLike 'The CloudHSM cluster refused the request: C_Login returned CKR_PIN_INCORRECT*'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly $way
        $refusal = Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $id }
        Get-ErrorCode $refusal | Should -Be 'KMSInternalException'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly $way
        (Get-ErrorOf { New-KmsRandom 8 -CustomKeyStoreId $id }).ErrorDetails.RecommendedAction | Should -BeExactly $way
        (Get-ErrorOf { Get-KmsOrphanedKeyMaterial $cluster.ClusterId }).ErrorDetails.RecommendedAction | Should -BeExactly $way
        $status = Get-KmsStatus
        $status.KeyStores.ConnectionState | Should -Be 'CONNECTED'
        $status.NextCommands | Should -BeExactly $way
        Connect-KmsCustomKeyStore $id -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Message | Should -BeExactly $way
    }
}
