BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    New-KmsAlias $key.KeyId -AliasName alias/app
}

AfterAll {
    Disconnect-Kms
}

Describe 'Disable-KmsKey' {
    BeforeEach {
        Enable-KmsKey $key.KeyId
    }

    It 'disables the key, and writes nothing' {
        Disable-KmsKey $key.KeyId | Should -BeNullOrEmpty
        $described = Get-KmsKey $key.KeyId
        $described.KeyState | Should -Be 'Disabled'
        $described.Enabled | Should -BeFalse
    }

    It 'keeps the key from being used' {
        Disable-KmsKey $key.KeyId
        $refusal = Get-ErrorOf { Invoke-KmsEncrypt alias/app -Plaintext x }
        $refusal.FullyQualifiedErrorId | Should -Be 'DisabledException,KmsTools.Commands.InvokeKmsEncryptCommand'
        $refusal.Exception.Message | Should -BeExactly "$($key.Arn) is disabled."
        $refusal.CategoryInfo.Category | Should -Be 'InvalidOperation'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Enable-KmsKey $($key.KeyId)"
    }

    It 'takes ARNs and key objects from the pipeline' {
        $key.Arn | Disable-KmsKey
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Disabled'
        Enable-KmsKey $key.KeyId
        $second = New-KmsKey
        Get-KmsKeyList | Disable-KmsKey
        ($key, $second | Get-KmsKey).KeyState | Should -Be 'Disabled', 'Disabled'
    }

    It 'writes the response with -Select * and the key with -Select ^KeyId' {
        Disable-KmsKey $key.KeyId -Select * | Should -Not -BeNullOrEmpty
        Disable-KmsKey $key.Arn -Select ^KeyId | Should -Be $key.Arn
    }

    It 'says what the key cannot do' {
        Get-WhatIf { Disable-KmsKey $key.KeyId -WhatIf } | Should -BeExactly (
            "What if: Disable $($key.Arn) (alias/app): it cannot encrypt or decrypt until it is enabled again")
        $signer = New-KmsKey -KeySpec ECC_NIST_P256 -KeyUsage SIGN_VERIFY
        Get-WhatIf { Disable-KmsKey $signer.KeyId -WhatIf } | Should -BeExactly (
            "What if: Disable $($signer.Arn): it cannot sign or verify until it is enabled again")
    }

    It 'changes nothing with -WhatIf, whatever else is given' {
        Disable-KmsKey $key.KeyId -WhatIf -Force -Confirm:$false
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'names key and aliases with -Verbose' {
        Disable-KmsKey $key.KeyId -Verbose 4>&1 | Should -BeLike "Disable $($key.Arn) (alias/app): *"
    }

    It 'asks with -Confirm' {
        Get-Question "Disable-KmsKey $($key.KeyId) -Confirm" | Should -BeLike '*prompt*'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'does not take an alias, and says what it stands for' {
        $refusal = Get-ErrorOf { Disable-KmsKey alias/app }
        $refusal.Exception.Message | Should -BeExactly 'Key Aliases are not supported for this operation.'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "alias/app is the key $($key.KeyId)*"
    }

    It 'warns of $null and leaves it to the service to refuse it' {
        $refusal = Get-ErrorOf { Disable-KmsKey $null -WarningVariable script:warning -WarningAction SilentlyContinue }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $warning | Should -BeLike '-KeyId is required*'
    }
}
