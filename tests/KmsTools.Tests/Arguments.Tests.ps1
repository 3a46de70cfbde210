# Objects of the module as arguments: wherever a thing is asked for, an object that names it is taken.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'orders'
    New-KmsAlias $key alias/orders
    $arguments = @{ KeyId = 'KeyArgument'; KmsKeyId = 'KeyArgument'; TargetKeyId = 'KeyArgument'; SourceKeyId = 'KeyArgument'; DestinationKeyId = 'KeyArgument'
        CustomKeyStoreId = 'KeyStoreArgument'; ClusterId = 'ClusterArgument'; CloudHsmClusterId = 'ClusterArgument'; AliasName = 'AliasArgument' }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Parameters that name things' {
    It 'take objects, all of them' {
        foreach ($cmdlet in Get-Command -Module KmsTools -CommandType Cmdlet) {
            foreach ($name in $arguments.Keys | Where-Object { $cmdlet.Parameters.ContainsKey($_) }) {
                # A new cluster is given a new name.
                if ($cmdlet.Name -eq 'Register-KmsHsmCluster') { continue }
                $cmdlet.Parameters[$name].Attributes.TypeId.Name | Should -Contain "$($arguments[$name])Attribute" -Because "$($cmdlet.Name) -$name"
            }

            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object ParameterType -EQ ([securestring])) {
                $parameter.Attributes.TypeId.Name | Should -Contain 'PinTransformationAttribute' -Because "$($cmdlet.Name) -$($parameter.Name)"
            }

            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object ParameterType -EQ ([KmsTools.Tag[]])) {
                $parameter.Attributes.TypeId.Name | Should -Contain 'TagArgumentAttribute' -Because "$($cmdlet.Name) -$($parameter.Name)"
            }
        }
    }
}

Describe 'A key' {
    It 'is taken as <What>' -ForEach @(
        @{ What = 'the key'; Value = { $key } }
        @{ What = 'its entry in a list'; Value = { Get-KmsKeyList } }
        @{ What = 'its alias'; Value = { Get-KmsAliasList | Where-Object TargetKeyId } }
        @{ What = 'the whole answer of a call'; Value = { New-KmsKey -Select * } }
        @{ What = 'what it encrypted'; Value = { Invoke-KmsEncrypt $key hi } }
        @{ What = 'an event about it'; Value = { Get-KmsEvent -EventName CreateKey -Last 1 } }
        @{ What = 'an object with its ID'; Value = { [pscustomobject]@{ KeyId = $key.KeyId } } }
        @{ What = 'its ID'; Value = { $key.KeyId } }
    ) {
        $value = & $Value | Select-Object -First 1
        $expected = (Get-KmsKeyList).KeyId
        (Get-KmsKey $value).KeyId | Should -BeIn $expected
        (Get-KmsKey -KeyId $value).KeyId | Should -BeIn $expected
        ($value | Get-KmsKey).KeyId | Should -BeIn $expected
    }

    It 'is taken where several are' {
        Set-Content "$TestDrive/plain.txt" 'text'
        (Protect-KmsFile "$TestDrive/plain.txt" -KeyId $key, 'alias/orders').KeyArn | Should -Be $key.Arn
    }

    It 'is not made of what names none' {
        "$(Get-ErrorOf { Get-KmsKey (Get-Item $TestDrive) })" | Should -BeLike 'Invalid keyId *'
        Get-ErrorCode (Get-ErrorOf { Get-KmsKey ([pscustomobject]@{ KeyId = '' }) }) | Should -Be 'NotFoundException'
    }

    It 'comes first, and what belongs to it second' {
        $other = New-KmsKey
        New-KmsAlias $other alias/second
        Update-KmsAlias $key alias/second
        (Get-KmsKey alias/second).KeyId | Should -Be $key.KeyId
        (New-KmsGrant $key arn:aws:iam::111122223333:role/deploy -Operation Decrypt).GrantId | Should -Match '^[0-9a-f]{64}$'
        Update-KmsKeyDescription $key 'new'
        (Get-KmsKey $key).Description | Should -BeExactly 'new'
        Read-Text (Invoke-KmsEncrypt $key 'hi' | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'hi'
        $mac = New-KmsKey -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC
        (New-KmsMac 'hi' $mac -MacAlgorithm HMAC_SHA_256).Mac.Length | Should -Be 32
    }
}

Describe 'An alias' {
    It 'is taken as <What>' -ForEach @(
        @{ What = 'its text'; Value = { 'alias/orders' } }
        @{ What = 'its entry in a list'; Value = { Get-KmsAliasList | Where-Object AliasName -EQ alias/orders } }
    ) {
        $value = & $Value
        $other = New-KmsKey
        Update-KmsAlias $other $value
        (Get-KmsKey alias/orders).KeyId | Should -Be $other.KeyId
        Update-KmsAlias $key -AliasName $value
        (Get-KmsKey alias/orders).KeyId | Should -Be $key.KeyId
    }

    It 'is told from a key, in <Line>' -ForEach @(
        @{ Line = 'New-KmsAlias one $key'; Meant = { "New-KmsAlias $($key.KeyId) alias/one" } }
        @{ Line = 'New-KmsAlias alias/one $key'; Meant = { "New-KmsAlias $($key.KeyId) alias/one" } }
        @{ Line = 'New-KmsAlias one $key.Arn'; Meant = { "New-KmsAlias $($key.Arn) alias/one" } }
        @{ Line = 'New-KmsAlias -AliasName $key -TargetKeyId one'; Meant = { "New-KmsAlias $($key.KeyId) alias/one" } }
        @{ Line = 'Update-KmsAlias orders $key'; Meant = { "Update-KmsAlias $($key.KeyId) alias/orders" } }
        @{ Line = 'Update-KmsAlias alias/orders (Get-KmsKeyList)[0]'; Meant = { "Update-KmsAlias $((Get-KmsKeyList)[0].KeyId) alias/orders" } }
        @{ Line = 'Remove-KmsAlias $key -Force'; Meant = { "Get-KmsAliasList $($key.KeyId) | Remove-KmsAlias" } }
        @{ Line = '$key | Remove-KmsAlias -Force'; Meant = { "Get-KmsAliasList $($key.KeyId) | Remove-KmsAlias" } }
        @{ Line = 'Remove-KmsAlias orders -Force'; Meant = { 'Write alias/orders.' } }
    ) {
        $before = Get-KmsAliasList | Out-String
        $refusal = Get-ErrorOf ([scriptblock]::Create($Line))
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly (& $Meant)
        "$refusal$($refusal.ErrorDetails.RecommendedAction)" | Should -Not -Match 'KmsTools\.'
        Get-KmsAliasList | Out-String | Should -BeExactly $before
    }

    It 'is not made of what is no text' {
        foreach ($refusal in (Get-ErrorOf { New-KmsAlias $key (Get-Item $TestDrive) }), (Get-ErrorOf { New-KmsAlias $key (Get-KmsClock) })) {
            "$refusal" | Should -Match 'An alias is text, such as alias/orders, and not (DirectoryInfo|KmsClock)\.'
        }
    }
}

Describe 'Tags' {
    It 'are taken as <What>' -ForEach @(
        @{ What = 'a hashtable'; Value = { @{ team = 'shop'; cost = 4711 } }; Expected = 'cost=4711', 'team=shop' }
        @{ What = 'hashtables'; Value = { @{ team = 'shop' }, @{ cost = '1' } }; Expected = 'cost=1', 'team=shop' }
        @{ What = 'a tag of AWS.Tools'; Value = { @{ TagKey = 'team'; TagValue = 'shop' } }; Expected = 'team=shop' }
        @{ What = 'tags of AWS.Tools'; Value = { @{ TagKey = 'a'; TagValue = '1' }, @{ TagKey = 'b'; TagValue = '2' } }; Expected = 'a=1', 'b=2' }
        @{ What = 'tags of another key'; Value = { Get-KmsResourceTag (New-KmsKey -Tag @{ x = 'y' }) }; Expected = 'x=y' }
        @{ What = 'a tag without a value'; Value = { @{ empty = '' } }; Expected = 'empty=' }
    ) {
        $tagged = New-KmsKey -Tag (& $Value)
        Get-KmsResourceTag $tagged | ForEach-Object { "$($_.TagKey)=$($_.TagValue)" } | Sort-Object | Should -BeExactly $Expected
    }

    It 'are refused where their values are not text' {
        "$(Get-ErrorOf { New-KmsKey -Tag @{ team = @('a', 'b') } })" | Should -BeLike "*The value of the tag 'team' is not text. Put it in quotes.*"
    }
}

Describe 'PINs' {
    It 'are taken as text with a warning, and not as numbers' {
        $text = 'kmsPswd1'
        $token = Initialize-KmsHsm $LabLibrary -TokenLabel typed -SecurityOfficerPin 'so-12345' -KeyStorePassword $text -WarningVariable said 3> $null
        $token.TokenLabel | Should -BeExactly 'typed'
        $said | Should -BeExactly 'A PIN or a password was given as text, which histories and logs keep. Better: (Read-Host -AsSecureString).'
        $refusal = Get-ErrorOf { Initialize-KmsHsm $LabLibrary -TokenLabel number -SecurityOfficerPin 1234567 -KeyStorePassword (ConvertTo-LabPin $text) }
        "$refusal" | Should -BeLike '*A PIN or a password is not a number. Use (Read-Host -AsSecureString), or put it in quotes.'
        "$refusal" | Should -Not -Match '1234567'
    }

    It 'are in no example of the help as text' {
        foreach ($example in Get-HelpExample $env:KMSTOOLS_TEST_MODULE) {
            $example.Code | Should -Not -Match '-(SecurityOfficerPin|KeyStorePassword|CertificatePassword) [''"]' -Because $example.Name
        }
    }
}

Describe 'A cluster, a key store, a connection and a key' {
    It 'are one pipeline' {
        $pin = ConvertTo-LabPin 'kmsPswd1'
        $null = Initialize-KmsHsm $LabLibrary -TokenLabel line -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword $pin
        $made = Register-KmsHsmCluster $LabLibrary -TokenLabel line | New-KmsCustomKeyStore line -KeyStorePassword $pin -WarningVariable said |
            Connect-KmsCustomKeyStore -PassThru | New-KmsKey -Origin AWS_CLOUDHSM
        $said | Should -BeNullOrEmpty
        $made.KeyState | Should -Be 'Enabled'
        $store = Get-KmsCustomKeyStore -CustomKeyStoreName line
        $made.CustomKeyStoreId | Should -Be $store.CustomKeyStoreId
        (Get-KmsKey -CustomKeyStoreId $store).KeyId | Should -Be $made.KeyId
        (New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store).CustomKeyStoreId | Should -Be $store.CustomKeyStoreId
        (Get-KmsHsm $store).TokenLabel | Should -Be 'line'
    }

    It 'are named by ID: a name is answered with it' {
        $id = (Get-KmsCustomKeyStore -CustomKeyStoreName line).CustomKeyStoreId
        foreach ($refusal in (Get-ErrorOf { Connect-KmsCustomKeyStore line }), (Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId line })) {
            Get-ErrorCode $refusal | Should -Be 'CustomKeyStoreNotFoundException'
            $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "line is the custom key store ${id}: this operation takes its ID."
        }
    }
}
