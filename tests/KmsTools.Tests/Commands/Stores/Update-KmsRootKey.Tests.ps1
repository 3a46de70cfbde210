BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
}

AfterAll {
    Disconnect-Kms
}

Describe 'Update-KmsRootKey' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
    }

    It 'gives the store a new generation, and what was encrypted before can be decrypted' {
        $key = New-KmsKey
        $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext text
        (Get-KmsRootKey).Generation | Should -Be 1
        $rotated = Update-KmsRootKey
        $rotated | Should -BeOfType KmsTools.KmsRootKey
        $rotated.Generation | Should -Be 2
        $rotated.CreationDate | Should -Be (Get-KmsClock).UtcNow
        $rotated.IsRotating | Should -BeFalse
        (Update-KmsRootKey).Generation | Should -Be 3
        (Get-KmsRootKey).Generation | Should -Be 3
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext | Should -Be 'text'
        (Get-KmsEvent -EventName RotateRootKey).Count | Should -Be 2
    }

    It 'changes nothing with -WhatIf' {
        Update-KmsRootKey -WhatIf | Should -BeNullOrEmpty
        (Get-KmsRootKey).Generation | Should -Be 1
    }

    It 'is followed by a session that has the store open' {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $null = Connect-Kms $folder
        $key = New-KmsKey
        $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext text
        Invoke-NewPowerShell "
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$null = Connect-Kms '$folder'
            (Update-KmsRootKey).Generation" | Should -Be 2
        $null = New-KmsKey
        (Get-KmsRootKey).Generation | Should -Be 2
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob).Plaintext | Should -Be 'text'
    }
}
