# Recommended commands, run as they are written.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock

    function Get-Advice([scriptblock] $Call) { (Get-ErrorOf $Call).ErrorDetails.RecommendedAction }

    # The commands of a recommendation: what follows its first colon.
    function Invoke-Advice([string] $Advice) { Invoke-Expression ($Advice -replace '^.*?:\s+') }
}

AfterAll {
    Disconnect-Kms
}

Describe 'The advice about imported key material' {
    BeforeEach {
        Push-Location $TestDrive
        [IO.File]::WriteAllBytes("$TestDrive/key.bin", [byte[]] (1..32))
        [IO.File]::WriteAllBytes("$TestDrive/new.bin", [byte[]] (2..33))
        $key = (New-KmsKey -Origin EXTERNAL -MultiRegion $true).KeyId
    }

    AfterEach {
        Pop-Location
    }

    It 'imports what was never imported, and the same bytes again' {
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $advice | Should -BeExactly ("Import the key material, such as from key.bin: Get-KmsParametersForImport $key -WrappingAlgorithm RSAES_OAEP_SHA_256 " +
            '-WrappingKeySpec RSA_4096 | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE')
        $id = (Invoke-Advice $advice).KeyMaterialId
        (Get-KmsKey $key).KeyState | Should -Be 'Enabled'
        $null = Remove-KmsImportedKeyMaterial $key -Force
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $advice | Should -BeExactly ("Import the same bytes as before, such as from key.bin: Get-KmsParametersForImport $key -WrappingAlgorithm RSAES_OAEP_SHA_256 " +
            "-WrappingKeySpec RSA_4096 | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) | Import-KmsKeyMaterial -KeyMaterialId $id " +
            '-ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE')
        (Invoke-Advice $advice).KeyMaterialId | Should -BeExactly $id
    }

    It 'asks when material that has expired expires again, and keeps an expiry that is ahead' {
        $end = (Get-KmsClock).UtcNow.AddDays(10)
        $end = $end.AddTicks(-($end.Ticks % [timespan]::TicksPerSecond))
        $id = (Get-KmsParametersForImport $key -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) | Import-KmsKeyMaterial -ValidTo $end).KeyMaterialId
        $null = Remove-KmsImportedKeyMaterial $key -Force
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $advice | Should -BeLike ('Import the same bytes as before, such as from key.bin: *' +
            "| Import-KmsKeyMaterial -KeyMaterialId $id -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo $($end.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture))")
        (Invoke-Advice $advice).KeyMaterialId | Should -BeExactly $id
        (Get-KmsKey $key).ValidTo | Should -Be $end

        $null = Step-KmsClock -To $end
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $advice | Should -BeLike ("The key material expired on $($end.ToString('yyyy-MM-dd HH:mm:ssZ', [cultureinfo]::InvariantCulture)). " +
            'Import the same bytes as before, such as from key.bin, and choose with -ValidTo when it expires again: Get-KmsParametersForImport *' +
            "| Import-KmsKeyMaterial -KeyMaterialId $id -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(30)")
        (Invoke-Advice $advice).KeyMaterialId | Should -BeExactly $id
        (Get-KmsKey $key).ValidTo | Should -Be (Get-KmsClock).UtcNow.AddDays(30)
    }

    It 'tells materials that expired from those that do not expire' {
        $wrapping = @{ WrappingAlgorithm = 'RSAES_OAEP_SHA_256'; WrappingKeySpec = 'RSA_2048' }
        $first = (Get-KmsParametersForImport $key @wrapping | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) |
            Import-KmsKeyMaterial -ValidTo (Get-KmsClock).UtcNow.AddDays(1)).KeyMaterialId
        $second = (Get-KmsParametersForImport $key @wrapping | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./new.bin) |
            Import-KmsKeyMaterial -ImportType NEW_KEY_MATERIAL -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE).KeyMaterialId
        $null = Start-KmsRotateKeyOnDemand $key
        $null = Remove-KmsImportedKeyMaterial $key -Force
        $null = Step-KmsClock -Days 1
        $lines = (Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }) -split '\r?\n'
        $lines | Should -HaveCount 3
        $lines[0] | Should -BeLike '*from key1.bin to key2.bin, and choose with -ValidTo when those that expired expire again (*):'
        $lines[1] | Should -BeLike "*-KeyMaterialId $first -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(30)"
        $lines[2] | Should -BeLike "*-KeyMaterialId $second -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE"
    }

    It 'knows the expiry of material without an ID' {
        $mac = (New-KmsKey -Origin EXTERNAL -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC).KeyId
        $null = Get-KmsParametersForImport $mac -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 |
            Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./key.bin) | Import-KmsKeyMaterial -ValidTo (Get-KmsClock).UtcNow.AddDays(1)
        $null = Step-KmsClock -Days 1
        $advice = Get-Advice { New-KmsMac a $mac -MacAlgorithm HMAC_SHA_256 }
        $advice | Should -BeLike '*| Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_EXPIRES -ValidTo (Get-KmsClock).UtcNow.AddDays(30)'
        $null = Invoke-Advice $advice
        (Get-KmsKey $mac).KeyState | Should -Be 'Enabled'
    }

    It 'imports a private key of <Spec>' -ForEach @(
        @{ Spec = 'RSA_2048'; Usage = 'SIGN_VERIFY'; Algorithm = 'RSA_AES_KEY_WRAP_SHA_256' }
        @{ Spec = 'ECC_NIST_P521'; Usage = 'SIGN_VERIFY'; Algorithm = 'RSAES_OAEP_SHA_256' }
    ) {
        $pair = New-KmsDataKeyPair (New-KmsKey).KeyId -KeyPairSpec $Spec
        [IO.File]::WriteAllBytes("$TestDrive/key.bin", $pair.PrivateKeyPlaintext.ToArray())
        $signer = New-KmsKey -Origin EXTERNAL -KeySpec $Spec -KeyUsage $Usage
        $advice = Get-Advice { Get-KmsPublicKey $signer.KeyId }
        $advice | Should -BeLike "*-WrappingAlgorithm $Algorithm -WrappingKeySpec RSA_4096*"
        $null = Invoke-Advice $advice
        (Get-KmsPublicKey $signer.KeyId).PublicKey.ToArray() | Should -Be $pair.PublicKey.ToArray()
    }

    It 'brings back each key material that a key lacks' {
        $null = Invoke-Advice (Get-Advice { Invoke-KmsEncrypt $key -Plaintext a })
        $null = Invoke-Advice (Get-Advice { Start-KmsRotateKeyOnDemand $key })
        $null = Start-KmsRotateKeyOnDemand $key
        Get-KmsKeyRotation $key -IncludeKeyMaterial ALL_KEY_MATERIAL | ForEach-Object { $null = Remove-KmsImportedKeyMaterial $key -KeyMaterialId $_.KeyMaterialId -Force }
        $first, $second = (Get-KmsKeyRotation $key -IncludeKeyMaterial ALL_KEY_MATERIAL | Sort-Object { $_.KeyMaterialState -eq 'CURRENT' }).KeyMaterialId
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $wrap = "Get-KmsParametersForImport $key -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_4096 | Protect-KmsKeyMaterial -KeyMaterial"
        $advice -split '\r?\n' | Should -BeExactly @(
            'Import the same bytes as before, of each of the 2 key materials that it lacks, such as from key1.bin to key2.bin ' +
            "(Get-KmsKeyRotation $key -IncludeKeyMaterial ALL_KEY_MATERIAL shows which they are):"
            "$wrap (Get-Item ./key1.bin) | Import-KmsKeyMaterial -KeyMaterialId $first -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE"
            "$wrap (Get-Item ./key2.bin) | Import-KmsKeyMaterial -KeyMaterialId $second -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE")
        Copy-Item key.bin key1.bin
        Copy-Item new.bin key2.bin
        (Invoke-Advice $advice).KeyMaterialId | Should -BeExactly $first, $second
        (Get-KmsKey $key).KeyState | Should -Be 'Enabled'
    }

    It 'leads out of a rotation that waits for the replicas' {
        $null = Invoke-Advice (Get-Advice { Invoke-KmsEncrypt $key -Plaintext a })
        $null = New-KmsReplicaKey $key -ReplicaRegion eu-west-1
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a -Region eu-west-1 }
        $advice | Should -BeLike 'Import the same bytes as into its primary key, such as from key.bin: *'
        $null = Invoke-Advice $advice

        $advice = Get-Advice { Start-KmsRotateKeyOnDemand $key }
        $advice | Should -BeLike 'Import new key material first, such as from new.bin: *-ImportType NEW_KEY_MATERIAL'
        $pending = (Invoke-Advice $advice).KeyMaterialId
        [IO.File]::WriteAllBytes("$TestDrive/other.bin", [byte[]] (3..34))
        $other = $advice -replace 'new\.bin', 'other.bin'
        Get-Advice { Invoke-Advice $other } | Should -BeExactly (
            "The pending key material can become current once the replicas in eu-west-1 have it too; Remove-KmsImportedKeyMaterial $key " +
            "-KeyMaterialId $pending deletes it.")

        $advice = Get-Advice { Start-KmsRotateKeyOnDemand $key }
        $advice | Should -BeExactly ("Import the pending key material into the replicas that lack it first, such as from new.bin: Get-KmsParametersForImport $key " +
            '-Region eu-west-1 -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_4096 | Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./new.bin) | ' +
            "Import-KmsKeyMaterial -KeyMaterialId $pending -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE -Region eu-west-1")
        $null = Invoke-Advice $advice
        Get-Advice { Invoke-Advice $other } | Should -BeExactly (
            "Start-KmsRotateKeyOnDemand $key makes the pending key material current; Remove-KmsImportedKeyMaterial $key -KeyMaterialId $pending deletes it.")
        $null = Start-KmsRotateKeyOnDemand $key
        (Get-KmsKey $key).CurrentKeyMaterialId | Should -BeExactly $pending
        (Get-KmsKey $key -Region eu-west-1).CurrentKeyMaterialId | Should -BeExactly $pending
    }

    It 'says which bytes a key takes' {
        function Import-Bytes([byte] $First, $Into = $key, [hashtable] $With = @{}, [hashtable] $Where = @{}) {
            Get-KmsParametersForImport $Into -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048 @Where |
                Protect-KmsKeyMaterial -KeyMaterial ([byte[]] ($First..($First + 31))) |
                Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE @With @Where
        }

        Get-Advice { Import-Bytes 1 -With @{ ImportType = 'EXISTING_KEY_MATERIAL' } } |
            Should -BeExactly 'The key never had key material: leave -ImportType out, or give -ImportType NEW_KEY_MATERIAL.'
        $null = Import-Bytes 1
        Get-Advice { Import-Bytes 2 } | Should -BeExactly 'Import the same bytes as before, or other ones with -ImportType NEW_KEY_MATERIAL.'
        Get-Advice { Import-Bytes 1 -With @{ ImportType = 'NEW_KEY_MATERIAL' } } |
            Should -BeExactly 'The key had these bytes before: leave -ImportType out, or give -ImportType EXISTING_KEY_MATERIAL.'
        Get-Advice { Import-Bytes 1 -With @{ KeyMaterialId = '0' * 64 } } | Should -BeExactly (
            "Import the bytes that have this ID. Get-KmsKeyRotation $key -IncludeKeyMaterial ALL_KEY_MATERIAL shows the key materials of the key.")

        $null = New-KmsReplicaKey $key -ReplicaRegion eu-west-1
        $there = @{ Region = 'eu-west-1' }
        $primary = 'Import the same bytes as into the primary key. Other bytes are imported there first: add -Region us-east-1 to ' +
            'Get-KmsParametersForImport and Import-KmsKeyMaterial.'
        Get-Advice { Import-Bytes 2 -Where $there } | Should -BeExactly $primary
        $null = Import-Bytes 1 -Where $there
        Get-Advice { Import-Bytes 2 -Where $there } | Should -BeExactly $primary
        Get-Advice { Import-Bytes 2 -Where $there -With @{ ImportType = 'NEW_KEY_MATERIAL' } } | Should -BeExactly $primary

        $mac = (New-KmsKey -Origin EXTERNAL -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC).KeyId
        $null = Import-Bytes 1 $mac
        Get-Advice { Import-Bytes 2 $mac } | Should -BeExactly (
            'Import the same bytes as the first time: a key with this key spec never gets others. New-KmsKey -Origin EXTERNAL makes a key for other bytes.')
    }

    It 'keeps a key whose deletion is scheduled' {
        $null = Register-KmsKeyDeletion $key -PendingWindowInDay 7
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $advice | Should -BeLike "Stop-KmsKeyDeletion $key keeps the key. Import the key material, such as from key.bin: Get-KmsParametersForImport $key *"
        $stop, $import = $advice -split ' keeps the key\. '
        Invoke-Expression $stop
        $null = Invoke-Advice $import
        (Get-KmsKey $key).KeyState | Should -Be 'Enabled'

        $null = New-KmsReplicaKey $key -ReplicaRegion eu-west-1
        $null = Register-KmsKeyDeletion $key -PendingWindowInDay 7
        (Get-KmsKey $key).KeyState | Should -Be 'PendingReplicaDeletion'
        $advice = Get-Advice { Invoke-KmsEncrypt $key -Plaintext a }
        $advice | Should -BeExactly "Stop-KmsKeyDeletion $key; Enable-KmsKey $key"
        Invoke-Expression $advice
        (Get-KmsKey $key).KeyState | Should -Be 'Enabled'
    }
}

Describe 'A name in a recommended command' {
    It 'may have the quotes that PowerShell knows: <Name>' -ForEach @(
        @{ Name = "Ann's" }
        @{ Name = "Ann$([char] 0x2019)s" }
        @{ Name = "$([char] 0x2018)a$([char] 0x201A)b$([char] 0x201B)c'' $d" }
    ) {
        $store = Join-Path $TestDrive $Name
        try {
            $null = Connect-Kms $store
            Disconnect-Kms
            Remove-Item -LiteralPath (Join-Path $store root.key)
            $advice = Get-Advice { Connect-Kms $store }
            $advice | Should -BeLike 'Test-KmsStore -Path * shows what is damaged.'
            @(Invoke-Expression ($advice -replace ' shows what is damaged\.$'))[-1].Path | Should -BeExactly $store
        }
        finally {
            $null = Connect-Kms -Temporary -SimulatedClock
        }
    }

    It 'is completed in quotes that end where it ends' {
        $name = "Ann$([char] 0x2019)s"
        $null = New-KmsAlarm $name -Event KeyMaterialExpiring
        $text = (TabExpansion2 'Get-KmsAlarm -Name An').CompletionMatches.CompletionText
        $text | Should -BeExactly "'Ann$([char] 0x2019)$([char] 0x2019)s'"
        (Invoke-Expression "Get-KmsAlarm -Name $text").Name | Should -BeExactly $name
    }
}
