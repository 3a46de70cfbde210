BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $store = New-LabKeyStore 'disconnect'
    Connect-KmsCustomKeyStore $store
    $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Disconnect-KmsCustomKeyStore' {
    BeforeEach {
        if ((Get-KmsCustomKeyStore $store).ConnectionState -ne 'CONNECTED') { Connect-KmsCustomKeyStore $store }
    }

    It 'disconnects the store, and writes nothing' {
        Disconnect-KmsCustomKeyStore $store | Should -BeNullOrEmpty
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'DISCONNECTED'
    }

    It 'makes the keys unavailable, and says how to go on' {
        $store | Disconnect-KmsCustomKeyStore
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Unavailable'
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt $key.KeyId -Plaintext x }
        $refusal.Exception.Message | Should -BeExactly "$($key.Arn) is unavailable."
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "*Connect-KmsCustomKeyStore $store"
        Connect-KmsCustomKeyStore $store
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'takes keys of the store from the pipeline, which name it' {
        $key | Disconnect-KmsCustomKeyStore
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'DISCONNECTED'
    }

    It 'disconnects nothing with -WhatIf' {
        Disconnect-KmsCustomKeyStore $store -WhatIf -Force
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
    }

    It 'says what follows with -Verbose' {
        Disconnect-KmsCustomKeyStore $store -Verbose 4>&1 | Should -BeLike "Disconnect custom key store $store ('disconnect' on *): its keys cannot be used*"
    }

    It 'refuses a store that is disconnected' {
        Disconnect-KmsCustomKeyStore $store
        $refusal = Get-ErrorOf { Disconnect-KmsCustomKeyStore $store }
        $refusal.FullyQualifiedErrorId | Should -Be 'CustomKeyStoreInvalidStateException,KmsTools.Commands.DisconnectKmsCustomKeyStoreCommand'
        $refusal.Exception.Message | Should -BeLike "Custom key store $store is in connection state DISCONNECTED*"
        $refusal.ErrorDetails.RecommendedAction | Should -Be "It is disconnected already. Connect-KmsCustomKeyStore $store connects it."
    }
}
