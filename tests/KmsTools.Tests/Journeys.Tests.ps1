# The five journeys that this module exists for, on real HSM tokens (SoftHSM2) and one durable store.

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Lab.ps1"
    $lab = New-LabFolder

    # The error that a script block is refused with: the AWS error code and the message.
    function Get-Refusal([scriptblock] $Do) {
        try {
            $null = & $Do
        }
        catch {
            return "$($_.FullyQualifiedErrorId.Split(',')[0]): $($_.Exception.Message)"
        }

        'not refused'
    }

    function Read-Blob($Blob) { [Text.Encoding]::UTF8.GetString($Blob.ToArray()) }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Deletion in a CloudHSM key store' {
    BeforeAll {
        Connect-LabStore
        $store = New-LabKeyStore 'deletion' -Connected
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store -Description 'payroll'
        New-KmsAlias -AliasName alias/payroll -TargetKeyId $key.KeyId
        $ciphertext = (Invoke-KmsEncrypt alias/payroll -Plaintext 'salaries').CiphertextBlob
    }

    It 'creates the key in the HSM' {
        $key.KeyState | Should -Be 'Enabled'
        $key.Origin | Should -Be 'AWS_CLOUDHSM'
        $key.CustomKeyStoreId | Should -Be $store
        @(Get-LabHsmObject $lab 'deletion').Count | Should -Be 1
    }

    It 'schedules the deletion' {
        $scheduled = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $scheduled.KeyId | Should -Be $key.Arn
        $scheduled.KeyState | Should -Be 'PendingDeletion'
        $scheduled.PendingWindowInDays | Should -Be 7
        $scheduled.DeletionDate | Should -Be (Get-KmsClock).UtcNow.AddDays(7)
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingDeletion'
    }

    It 'refuses to use the key while it is pending deletion' {
        Get-Refusal { Invoke-KmsEncrypt alias/payroll -Plaintext 'x' } |
            Should -Be "KMSInvalidStateException: $($key.Arn) is pending deletion."
        Get-Refusal { Invoke-KmsDecrypt -CiphertextBlob $ciphertext } |
            Should -Be "KMSInvalidStateException: $($key.Arn) is pending deletion."
    }

    It 'stays PendingDeletion while the store is disconnected, and can be cancelled' {
        Disconnect-KmsCustomKeyStore $store
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingDeletion'
        Stop-KmsKeyDeletion $key.KeyId | Should -Be $key.Arn
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Unavailable'
        Connect-KmsCustomKeyStore $store
        $described = Get-KmsKey $key.KeyId
        $described.KeyState | Should -Be 'Disabled'
        $described.DeletionDate | Should -BeNullOrEmpty
        Enable-KmsKey $key.KeyId
        Read-Blob (Invoke-KmsDecrypt -CiphertextBlob $ciphertext).Plaintext | Should -Be 'salaries'
    }

    It 'deletes the key and its HSM object when the waiting period is over' {
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        $null = Step-KmsClock -By ([timespan]::FromDays(7) - [timespan]::FromMilliseconds(1))
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingDeletion'
        $null = Step-KmsClock -By ([timespan]::FromMilliseconds(1))
        Get-Refusal { Get-KmsKey $key.KeyId } | Should -Be "NotFoundException: Key '$($key.Arn)' does not exist"
        Get-Refusal { Get-KmsKey alias/payroll } | Should -BeLike 'NotFoundException: Alias * is not found.'
        Get-KmsAliasList | Where-Object AliasName -EQ 'alias/payroll' | Should -BeNullOrEmpty
        @(Get-LabHsmObject $lab 'deletion').Count | Should -Be 0
        $deleted = Get-KmsEvent -KeyId $key.KeyId -EventName DeleteKey
        $deleted.EventType | Should -Be 'AwsServiceEvent'
        ($deleted.AdditionalEventData.backingKeysDeletionStatus | ConvertFrom-Json).deletionStatus | Should -Be 'SUCCESS'
    }

    It 'leaves the HSM object, and says so, when the store is disconnected at the end' {
        $orphaned = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        $null = Register-KmsKeyDeletion $orphaned.KeyId -PendingWindowInDay 7
        Disconnect-KmsCustomKeyStore $store
        $null = Step-KmsClock -Days 7
        Get-Refusal { Get-KmsKey $orphaned.KeyId } | Should -Be "NotFoundException: Key '$($orphaned.Arn)' does not exist"
        @(Get-LabHsmObject $lab 'deletion').Count | Should -Be 1
        $deleted = Get-KmsEvent -KeyId $orphaned.KeyId -EventName DeleteKey
        ($deleted.AdditionalEventData.backingKeysDeletionStatus | ConvertFrom-Json).deletionStatus | Should -Be 'FAILURE'
    }
}

Describe 'Imported key material' {
    BeforeAll {
        Connect-LabStore
        $material = [byte[]](1..32)
        $other = [byte[]](2..33)
        $key = New-KmsKey -Origin EXTERNAL

        function Import-Material([byte[]] $Bytes, [string] $Algorithm = 'RSAES_OAEP_SHA_256', [datetime] $ValidTo) {
            $expiry = $ValidTo ? @{ ExpirationModel = 'KEY_MATERIAL_EXPIRES'; ValidTo = $ValidTo } : @{ ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
            Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm $Algorithm -WrappingKeySpec RSA_2048 |
                Protect-KmsKeyMaterial -KeyMaterial $Bytes | Import-KmsKeyMaterial @expiry
        }
    }

    It 'waits for its material' {
        $key.KeyState | Should -Be 'PendingImport'
        Get-Refusal { New-KmsDataKey $key.KeyId -KeySpec AES_256 } | Should -Be "KMSInvalidStateException: $($key.Arn) is pending import."
    }

    It 'is enabled by the import' {
        $validTo = (Get-KmsClock).UtcNow.AddDays(30)
        $imported = Import-Material $material -ValidTo $validTo
        $imported.KeyId | Should -Be $key.Arn
        $imported.KeyMaterialId | Should -Match '^[0-9a-f]{64}$'
        $described = Get-KmsKey $key.KeyId
        $described.KeyState | Should -Be 'Enabled'
        $described.ExpirationModel | Should -Be 'KEY_MATERIAL_EXPIRES'
        $described.ValidTo | Should -Be $validTo
        $described.CurrentKeyMaterialId | Should -Be $imported.KeyMaterialId
    }

    It 'leaves data keys in memory working when the material is deleted, and cannot decrypt their ciphertexts' {
        $script:volume = New-KmsDataKey $key.KeyId -KeySpec AES_256
        $inMemory = $volume.Plaintext.ToArray()
        $nonce = [byte[]]::new(12)
        $sector = [Text.Encoding]::UTF8.GetBytes('sector 0')
        $encrypted, $tag = [byte[]]::new($sector.Length), [byte[]]::new(16)
        $volumeCipher = [Security.Cryptography.AesGcm]::new($inMemory, 16)
        $volumeCipher.Encrypt($nonce, $sector, $encrypted, $tag)

        (Remove-KmsImportedKeyMaterial $key.KeyId -Force).KeyId | Should -Be $key.Arn

        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingImport'
        $read = [byte[]]::new($sector.Length)
        $volumeCipher.Decrypt($nonce, $encrypted, $tag, $read)
        [Text.Encoding]::UTF8.GetString($read) | Should -Be 'sector 0'
        Get-Refusal { Invoke-KmsDecrypt -CiphertextBlob $volume.CiphertextBlob } |
            Should -Be "KMSInvalidStateException: $($key.Arn) is pending import."
        $script:plain = $inMemory
    }

    It 'refuses other bytes' {
        Get-Refusal { Import-Material $other } | Should -BeLike 'IncorrectKeyMaterialException: *'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'PendingImport'
    }

    It 'is restored by the same bytes, however they are wrapped: <_>' -ForEach 'RSAES_OAEP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256' {
        $null = Import-Material $material $_ -ValidTo (Get-KmsClock).UtcNow.AddDays(30)
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        (Invoke-KmsDecrypt -CiphertextBlob $volume.CiphertextBlob).Plaintext.ToArray() | Should -Be $plain
    }

    It 'loses its material at the expiry' {
        $null = Step-KmsClock -By ([timespan]::FromDays(30) - [timespan]::FromMilliseconds(1))
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        $null = Step-KmsClock -By ([timespan]::FromMilliseconds(1))
        $described = Get-KmsKey $key.KeyId
        $described.KeyState | Should -Be 'PendingImport'
        $described.ExpirationModel | Should -BeNullOrEmpty
        $described.ValidTo | Should -BeNullOrEmpty
        Get-Refusal { Invoke-KmsDecrypt -CiphertextBlob $volume.CiphertextBlob } |
            Should -Be "KMSInvalidStateException: $($key.Arn) is pending import."
        (Get-KmsEvent -KeyId $key.KeyId -EventName DeleteExpiredKeyMaterial).EventType | Should -Be 'AwsServiceEvent'
    }
}

Describe 'Using keys in a key store' {
    BeforeAll {
        Connect-LabStore
        $store = New-LabKeyStore 'using' -Connected
        $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        New-KmsAlias -AliasName alias/hsm -TargetKeyId $key.KeyId
        $aliasArn = (Get-KmsAliasList -KeyId $key.KeyId).AliasArn
        $ciphertext = (Invoke-KmsEncrypt $key.KeyId -Plaintext 'inside' -EncryptionContext @{ purpose = 'test' }).CiphertextBlob
    }

    It 'takes the key by ID, ARN, alias name and alias ARN' {
        foreach ($reference in $key.KeyId, $key.Arn, 'alias/hsm', $aliasArn) {
            $encrypted = Invoke-KmsEncrypt $reference -Plaintext 'inside'
            $encrypted.KeyId | Should -Be $key.Arn
            Read-Blob (Invoke-KmsDecrypt -CiphertextBlob $encrypted.CiphertextBlob).Plaintext | Should -Be 'inside'
        }
    }

    It 'answers as with any symmetric key' {
        $software = New-KmsKey
        foreach ($call in @(
                { param($id) Invoke-KmsEncrypt $id -Plaintext 'x' }
                { param($id) Invoke-KmsDecrypt -CiphertextBlob (Invoke-KmsEncrypt $id -Plaintext 'x').CiphertextBlob }
                { param($id) New-KmsDataKey $id -KeySpec AES_256 }
                { param($id) New-KmsDataKeyWithoutPlaintext $id -NumberOfBytes 64 })) {
            $inHsm = & $call $key.KeyId
            $inSoftware = & $call $software.KeyId
            $filled = { param($response) $response.PSObject.Properties.Where({ $null -ne $_.Value }).Name -join ' ' }
            & $filled $inHsm | Should -Be (& $filled $inSoftware)
        }

        (New-KmsDataKey $key.KeyId -KeySpec AES_128).Plaintext.Length | Should -Be 16
        (New-KmsRandom 24 -CustomKeyStoreId $store).Length | Should -Be 24
    }

    It 'keeps the encryption context bound to the ciphertext' {
        Read-Blob (Invoke-KmsDecrypt -CiphertextBlob $ciphertext -EncryptionContext @{ purpose = 'test' }).Plaintext | Should -Be 'inside'
        Get-Refusal { Invoke-KmsDecrypt -CiphertextBlob $ciphertext } | Should -Be 'InvalidCiphertextException: '
        $damaged = $ciphertext.ToArray()
        $damaged[-1] = $damaged[-1] -bxor 1
        Get-Refusal { Invoke-KmsDecrypt -CiphertextBlob $damaged -EncryptionContext @{ purpose = 'test' } } | Should -Be 'InvalidCiphertextException: '
    }

    It 'refuses asymmetric and HMAC keys, import and rotation' {
        Get-Refusal { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store -KeySpec RSA_2048 -KeyUsage SIGN_VERIFY } |
            Should -BeLike 'ValidationException: *'
        Get-Refusal { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC } |
            Should -BeLike 'ValidationException: *'
        $notValid = "UnsupportedOperationException: $($key.Arn) origin is AWS_CLOUDHSM which is not valid for this operation."
        Get-Refusal { Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 } | Should -Be $notValid
        Get-Refusal { Enable-KmsKeyRotation $key.KeyId } | Should -Be $notValid
        Get-Refusal { Start-KmsRotateKeyOnDemand $key.KeyId } | Should -Be $notValid
        @(Get-LabHsmObject $lab 'using').Count | Should -Be 1
    }

    It 'refuses use while the store is disconnected' {
        Disconnect-KmsCustomKeyStore $store
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Unavailable'
        Get-Refusal { Invoke-KmsEncrypt $key.KeyId -Plaintext 'x' } | Should -Be "KMSInvalidStateException: $($key.Arn) is unavailable."
        Get-Refusal { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store } | Should -BeLike 'CustomKeyStoreInvalidStateException: *'
        Get-Refusal { New-KmsRandom 8 -CustomKeyStoreId $store } | Should -BeLike 'CustomKeyStoreInvalidStateException: *'
        Disable-KmsKey $key.KeyId
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Unavailable'
        Connect-KmsCustomKeyStore $store
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Disabled'
        Enable-KmsKey $key.KeyId
    }

    It 'refuses use while no HSM is there, and works again when it is back' {
        $token = Get-LabTokenFolder $lab 'using'
        Move-Item $token "$lab/away"
        Get-Refusal { Invoke-KmsEncrypt $key.KeyId -Plaintext 'x' } |
            Should -Be 'KMSInvalidStateException: KMS cannot communicate with your CloudHSM cluster'
        (Get-KmsKey $key.KeyId).KeyState | Should -Be 'Enabled'
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        Move-Item "$lab/away" $token
        Start-Sleep -Seconds 2
        Read-Blob (Invoke-KmsDecrypt -CiphertextBlob $ciphertext -EncryptionContext @{ purpose = 'test' }).Plaintext | Should -Be 'inside'
    }

    It 'refuses use when the material is gone' {
        Get-LabHsmObject $lab 'using' | Remove-Item
        Get-Refusal { Invoke-KmsDecrypt -CiphertextBlob $ciphertext -EncryptionContext @{ purpose = 'test' } } |
            Should -BeLike "KMSInvalidStateException: $($key.Arn) has no key material in CloudHSM cluster *"
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
    }
}

Describe 'Custom key store life cycle' {
    BeforeAll {
        Connect-LabStore
        $cluster = New-LabCluster 'lifecycle'
        $new = @{
            CustomKeyStoreName = 'lifecycle'
            CloudHsmClusterId = $cluster.ClusterId
            TrustAnchorCertificate = $cluster.TrustAnchorCertificate
        }
        $store = New-KmsCustomKeyStore @new -KeyStorePassword 'wrongPswd1'
    }

    It 'begins disconnected, and is created once' {
        $store | Should -Match '^cks-[0-9a-f]{17}$'
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'DISCONNECTED'
        New-KmsCustomKeyStore @new -KeyStorePassword 'wrongPswd1' | Should -Be $store
        Get-Refusal { New-KmsCustomKeyStore @new -KeyStorePassword 'otherPswd1' } | Should -BeLike 'CustomKeyStoreNameInUseException: *'
    }

    It 'fails to connect with a wrong password, and says why' {
        Connect-KmsCustomKeyStore $store
        $failed = Get-KmsCustomKeyStore $store
        $failed.ConnectionState | Should -Be 'FAILED'
        $failed.ConnectionErrorCode | Should -Be 'INVALID_CREDENTIALS'
        Get-Refusal { Connect-KmsCustomKeyStore $store } | Should -BeLike 'CustomKeyStoreInvalidStateException: *'
        Get-Refusal { Update-KmsCustomKeyStore $store -KeyStorePassword 'kmsPswd1' } | Should -BeLike 'CustomKeyStoreInvalidStateException: *'
        Get-Refusal { Remove-KmsCustomKeyStore $store -Force } | Should -BeLike 'CustomKeyStoreInvalidStateException: *'
    }

    It 'connects after disconnect and update' {
        Disconnect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionErrorCode | Should -BeNullOrEmpty
        Update-KmsCustomKeyStore $store -KeyStorePassword 'kmsPswd1'
        Connect-KmsCustomKeyStore $store
        (Get-KmsCustomKeyStore $store).ConnectionState | Should -Be 'CONNECTED'
        Update-KmsCustomKeyStore $store -NewCustomKeyStoreName 'renamed'
        (Get-KmsCustomKeyStore -CustomKeyStoreName 'renamed').CustomKeyStoreId | Should -Be $store
    }

    It 'cannot be deleted while it is connected' {
        $script:key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        Get-Refusal { Remove-KmsCustomKeyStore $store -Force } | Should -BeLike 'CustomKeyStoreInvalidStateException: *'
    }

    It 'cannot be deleted while it has keys, even if they are pending deletion' {
        Disconnect-KmsCustomKeyStore $store
        Get-Refusal { Remove-KmsCustomKeyStore $store -Force } | Should -BeLike 'CustomKeyStoreHasCMKsException: *'
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7
        Get-Refusal { Remove-KmsCustomKeyStore $store -Force } | Should -BeLike 'CustomKeyStoreHasCMKsException: *'
    }

    It 'is deleted when its keys are, and leaves every HSM object in place' {
        $null = Step-KmsClock -Days 7
        Remove-KmsCustomKeyStore $store -Force
        Get-Refusal { Get-KmsCustomKeyStore $store } | Should -BeLike 'CustomKeyStoreNotFoundException: *'
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
        @(Get-LabHsmObject $lab 'lifecycle').Count | Should -Be 1
        (Get-KmsHsmCluster $cluster.ClusterId).State | Should -Be 'ACTIVE'
    }

    It 'frees its cluster for another store' {
        New-KmsCustomKeyStore @new -KeyStorePassword 'kmsPswd1' | Should -Not -Be $store
    }
}

Describe 'Rotation' {
    BeforeAll {
        Connect-LabStore
        $key = New-KmsKey
        $first = $key.CurrentKeyMaterialId
        $old = (Invoke-KmsEncrypt $key.KeyId -Plaintext 'old').CiphertextBlob
    }

    It 'is off until it is enabled' {
        Get-KmsKeyRotationStatus $key.KeyId | Should -BeFalse
        Enable-KmsKeyRotation $key.KeyId
        $status = Get-KmsKeyRotationStatus $key.KeyId -Select *
        $status.KeyRotationEnabled | Should -BeTrue
        $status.RotationPeriodInDays | Should -Be 365
        $status.NextRotationDate | Should -Be (Get-KmsClock).UtcNow.AddDays(365)
    }

    It 'makes new material after 365 days, and keeps the old' {
        $null = Step-KmsClock -By ([timespan]::FromDays(365) - [timespan]::FromMilliseconds(1))
        (Get-KmsKey $key.KeyId).CurrentKeyMaterialId | Should -Be $first
        $null = Step-KmsClock -By ([timespan]::FromMilliseconds(1))
        $script:second = (Get-KmsKey $key.KeyId).CurrentKeyMaterialId
        $second | Should -Not -Be $first
        $decrypted = Invoke-KmsDecrypt -CiphertextBlob $old
        Read-Blob $decrypted.Plaintext | Should -Be 'old'
        $decrypted.KeyMaterialId | Should -Be $first
        (New-KmsDataKey $key.KeyId -KeySpec AES_256).KeyMaterialId | Should -Be $second
        (Get-KmsKeyRotation $key.KeyId).RotationType | Should -Be 'AUTOMATIC'
    }

    It 'rotates on demand' {
        Start-KmsRotateKeyOnDemand $key.KeyId | Should -Be $key.Arn
        $script:third = (Get-KmsKey $key.KeyId).CurrentKeyMaterialId
        $third | Should -Not -BeIn $first, $second
        (Get-KmsKeyRotation $key.KeyId).RotationType | Should -Be 'AUTOMATIC', 'ON_DEMAND'
    }

    It 'keeps all material when it is disabled' {
        Disable-KmsKeyRotation $key.KeyId
        $null = Step-KmsClock -Days 800
        (Get-KmsKey $key.KeyId).CurrentKeyMaterialId | Should -Be $third
        Read-Blob (Invoke-KmsDecrypt -CiphertextBlob $old).Plaintext | Should -Be 'old'
        (Get-KmsKeyRotation $key.KeyId -IncludeKeyMaterial ALL_KEY_MATERIAL).KeyMaterialId | Should -Be $first, $second, $third
    }

    It 'is done by hand, with an alias, for keys that cannot rotate' {
        $store = New-LabKeyStore 'rotation' -Connected
        $before = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        New-KmsAlias -AliasName alias/app -TargetKeyId $before.KeyId
        $kept = (Invoke-KmsEncrypt alias/app -Plaintext 'before').CiphertextBlob
        $after = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
        Update-KmsAlias -AliasName alias/app -TargetKeyId $after.KeyId
        (Invoke-KmsEncrypt alias/app -Plaintext 'after').KeyId | Should -Be $after.Arn
        $decrypted = Invoke-KmsDecrypt -CiphertextBlob $kept
        Read-Blob $decrypted.Plaintext | Should -Be 'before'
        $decrypted.KeyId | Should -Be $before.Arn
    }

    It 'never stops for AWS managed keys' {
        $managed = Get-KmsKey alias/aws/s3
        $managed.KeyManager | Should -Be 'AWS'
        Get-KmsKeyRotationStatus $managed.KeyId | Should -BeTrue
        Get-Refusal { Disable-KmsKeyRotation $managed.KeyId } | Should -BeLike 'AccessDeniedException: *'
        $null = Step-KmsClock -Days 1095
        (Get-KmsKey alias/aws/s3).CurrentKeyMaterialId | Should -Not -Be $managed.CurrentKeyMaterialId
    }
}
