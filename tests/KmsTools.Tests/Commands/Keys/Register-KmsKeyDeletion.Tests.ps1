BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
}

AfterAll {
    Disconnect-Kms
}

Describe 'Register-KmsKeyDeletion' {
    BeforeEach {
        $key = New-KmsKey
    }

    It 'schedules the deletion in 30 days' {
        $scheduled = Register-KmsKeyDeletion $key.KeyId
        Get-PropertyName $scheduled | Should -Be 'DeletionDate', 'KeyId', 'KeyState', 'PendingWindowInDays'
        $scheduled.KeyId | Should -Be $key.Arn
        $scheduled.KeyState | Should -Be 'PendingDeletion'
        $scheduled.PendingWindowInDays | Should -Be 30
        $scheduled.DeletionDate | Should -Be (Get-KmsClock).UtcNow.AddDays(30)
    }

    It 'takes the window under both names' {
        (Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7).PendingWindowInDays | Should -Be 7
        (Register-KmsKeyDeletion (New-KmsKey).KeyId -PendingWindowInDays 8).PendingWindowInDays | Should -Be 8
    }

    It 'is known as Request-KMSKeyDeletion' {
        (Request-KMSKeyDeletion -KeyId $key.KeyId -PendingWindowInDay 9 -Select PendingWindowInDays) | Should -Be 9
    }

    It 'takes keys from the pipeline' {
        ($key, (New-KmsKey) | Register-KmsKeyDeletion -PendingWindowInDay 7).PendingWindowInDays | Should -Be 7, 7
    }

    It 'deletes the key when the window is over' {
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -Days 6.5
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingDeletion'
        $null = Step-KmsClock -Days 0.5
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey $key.KeyId }) | Should -Be 'NotFoundException'
    }

    It 'changes nothing with -WhatIf, and asks with -Confirm' {
        Register-KmsKeyDeletion $key.KeyId -WhatIf | Should -BeNullOrEmpty
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        Get-Question "Register-KmsKeyDeletion $($key.KeyId) -Confirm" | Should -BeLike '*prompt*'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }

    It 'warns of the loss with -Verbose' {
        $said, $null = Register-KmsKeyDeletion $key.KeyId -Verbose 4>&1
        "$said" | Should -BeExactly "Schedule deletion of $($key.Arn) in 30 days: everything it encrypted becomes unreadable for good; never used"
    }

    It 'shows what is at stake: last use, aliases, grants and pending work' {
        New-KmsAlias -AliasName alias/stakes -TargetKeyId $key.KeyId
        $null = Invoke-KmsEncrypt alias/stakes -Plaintext 'secret'
        $used = (Get-KmsClock).UtcNow
        $null = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal arn:aws:iam::111122223333:role/a -Operation Decrypt
        Enable-KmsKeyRotation $key.KeyId -RotationPeriodInDay 90
        $said = Get-WhatIf { Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7 -WhatIf }
        $said | Should -BeLike ("*Schedule deletion of $($key.Arn) (alias/stakes) in 7 days: everything it encrypted becomes unreadable for good; " +
            "last used $($used.ToString('yyyy-MM-dd HH:mm'))Z (Encrypt), 1 grant, rotates on $($used.AddDays(90).ToString('yyyy-MM-dd'))*")
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        Remove-KmsAlias alias/stakes -Force
    }

    It 'says what is lost with a key of another kind: <Loss>' -ForEach @(
        @{ Make = { New-KmsKey -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC }; Loss = 'none of its MACs can ever be verified again; never used' }
        @{ Make = { New-KmsKey -KeySpec ECC_NIST_P256 -KeyUsage SIGN_VERIFY }
            Loss = 'it can never sign again, and only its public key can verify what it signed; never used' }
        @{ Make = { New-KmsKey -Origin EXTERNAL }; Loss = 'it never had key material; never used' }
    ) {
        $other = & $Make
        Get-WhatIf { Register-KmsKeyDeletion $other.KeyId -WhatIf } | Should -BeExactly "What if: Schedule deletion of $($other.Arn) in 30 days: $Loss"
    }

    It 'says of a replica which keys are left' {
        $primary = New-KmsKey -MultiRegion $true
        $replica = ($primary | New-KmsReplicaKey -ReplicaRegion eu-west-1).ReplicaKeyMetadata
        $said = Get-WhatIf { Register-KmsKeyDeletion $replica.KeyId -Region eu-west-1 -WhatIf }
        $said | Should -BeExactly "What if: Schedule deletion of $($replica.Arn) in 30 days: only its related keys in us-east-1 can encrypt or decrypt then; never used"
    }

    It 'shows that imported material expires, and that replicas come first' {
        $imported = New-KmsKey -Origin EXTERNAL
        $end = (Get-KmsClock).UtcNow.AddDays(20)
        Get-KmsParametersForImport $imported.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial (New-KmsRandom 32).ToArray() | Import-KmsKeyMaterial -ValidTo $end
        Get-WhatIf { Register-KmsKeyDeletion $imported.KeyId -WhatIf } | Should -BeLike "*never used, key material expires on $($end.ToString('yyyy-MM-dd'))*"
        $primary = New-KmsKey -MultiRegion $true
        $null = $primary | New-KmsReplicaKey -ReplicaRegion eu-west-1
        Get-WhatIf { Register-KmsKeyDeletion $primary.KeyId -WhatIf } | Should -BeLike '*its replicas must be deleted first*'
    }

    It 'refuses <_> days' -ForEach 6, 31 {
        $refusal = Get-ErrorOf { Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay $_ }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        $refusal.Exception.Message | Should -BeExactly 'PendingWindowInDays must be between 7 and 30'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
    }
}
