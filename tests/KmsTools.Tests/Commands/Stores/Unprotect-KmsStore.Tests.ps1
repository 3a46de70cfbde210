BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $passphrase = ConvertTo-SecureString 'correct horse battery' -AsPlainText
}

AfterAll {
    Disconnect-Kms
}

Describe 'Unprotect-KmsStore' {
    BeforeEach {
        $folder = Join-Path $TestDrive ([guid]::NewGuid())
        $null = Connect-Kms $folder
    }

    It 'takes the seal away, and a session that has the store open goes on' {
        $key = New-KmsKey
        $null = Protect-KmsStore $passphrase
        Invoke-NewPowerShell "
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$null = Connect-Kms '$folder' -Passphrase (ConvertTo-SecureString 'correct horse battery' -AsPlainText)
            (Unprotect-KmsStore -PassThru).SealedBy.Count
            (Update-KmsRootKey).Generation" | Should -Be 0, 2
        $null = New-KmsKey
        (Get-KmsRootKey).SealedBy | Should -BeNullOrEmpty
        (Get-KmsRootKey).Generation | Should -Be 2
        $null = Connect-Kms $folder
        (Get-KmsKeyList).Count | Should -Be 2
        (Get-KmsEvent -EventName UnsealStore).Count | Should -Be 1
    }

    It 'refuses where there is no seal, and records nothing' {
        { Unprotect-KmsStore } | Should -Throw 'The store is not sealed.*'
        Get-KmsEvent -EventName UnsealStore | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' {
        $null = Protect-KmsStore $passphrase
        Unprotect-KmsStore -WhatIf | Should -BeNullOrEmpty
        (Get-KmsRootKey).SealedBy | Should -Be PASSPHRASE, RECOVERY_KEY
    }
}
