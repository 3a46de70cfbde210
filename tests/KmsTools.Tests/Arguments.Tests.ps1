# Objects of the module as arguments: wherever a thing is asked for, an object that names it is taken.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    . "$PSScriptRoot/Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'orders'
    New-KmsAlias $key alias/orders
    $arguments = @{ KeyId = 'KeyArgument'; KeyArn = 'KeyArgument'; KmsKeyId = 'KeyArgument'; TargetKeyId = 'KeyArgument'; SourceKeyId = 'KeyArgument'; DestinationKeyId = 'KeyArgument'
        CustomKeyStoreId = 'KeyStoreArgument'; CustomKeyStoreName = 'KeyStoreNameArgument'; ClusterId = 'ClusterArgument'; CloudHsmClusterId = 'ClusterArgument'
        AliasName = 'AliasArgument'; GrantId = 'GrantArgument'; GrantToken = 'GrantTokenArgument'; KeyMaterialId = 'KeyMaterialArgument'
        BackingKeyId = 'BackingKeyArgument'; TagKey = 'TagKeyArgument'; BackupId = 'HsmBackupArgument'; TokenLabel = 'HsmArgument'; Uri = 'HsmUriArgument'
        Principal = 'PrincipalArgument'; PrincipalArn = 'PrincipalArgument'; GranteePrincipal = 'PrincipalArgument'; RetiringPrincipal = 'PrincipalArgument'
        RoleArn = 'PrincipalArgument'; UserName = 'PrincipalNameArgument'; RoleName = 'PrincipalNameArgument'; GroupName = 'PrincipalNameArgument'
        Group = 'GroupArgument'; AccessKeyId = 'AccessKeyArgument'; XksProxyAuthenticationCredential_AccessKeyId = 'AccessKeyArgument'
        ServiceName = 'VpcEndpointServiceArgument'; XksProxyVpcEndpointServiceName = 'VpcEndpointServiceArgument'; HostName = 'ProxyHostArgument'
        Library = 'HsmLibraryArgument'; TrustAnchorCertificate = 'TrustAnchorArgument' }

    # A new thing is given a new name, and the certificate of a proxy the name that it shall have.
    $newNames = 'Register-KmsHsmCluster -ClusterId', 'New-KmsCustomKeyStore -CustomKeyStoreName', 'New-KmsPrincipal -UserName', 'New-KmsPrincipal -RoleName',
        'New-KmsPrincipal -GroupName', 'New-KmsXksProxyConfiguration -HostName'
    $cmdlets = @(Get-Command -Module KmsTools -CommandType Cmdlet)
    $references = foreach ($cmdlet in $cmdlets) {
        foreach ($parameter in $cmdlet.Parameters.Values) {
            foreach ($attribute in $parameter.Attributes | Where-Object { $_ -is [KmsTools.Binding.ReferenceTransformationAttribute] }) {
                [pscustomobject]@{ Name = "$($cmdlet.Name) -$($parameter.Name)"; Names = @($parameter.Name) + $parameter.Aliases; Attribute = $attribute }
            }
        }
    }
    $transformation = "Cannot process argument transformation on parameter 'Description'."
    $written = @($cmdlets.OutputType.Type | Where-Object { $_.Namespace -like 'KmsTools*' -and -not $_.IsEnum } | Sort-Object FullName -Unique)

    function Get-Serialized($Value) { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($Value)) }

    function New-Empty([type] $Type) {
        [System.Runtime.CompilerServices.RuntimeHelpers]::GetUninitializedObject($Type)
    }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Parameters that name things' {
    It 'take objects, all of them' {
        foreach ($cmdlet in $cmdlets) {
            foreach ($name in $arguments.Keys | Where-Object { $cmdlet.Parameters.ContainsKey($_) -and "$($cmdlet.Name) -$_" -notin $newNames }) {
                $cmdlet.Parameters[$name].Attributes.TypeId.Name | Should -Contain "$($arguments[$name])Attribute" -Because "$($cmdlet.Name) -$name"
            }

            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object ParameterType -EQ ([securestring])) {
                $parameter.Attributes.TypeId.Name | Should -Contain 'PinTransformationAttribute' -Because "$($cmdlet.Name) -$($parameter.Name)"
            }

            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object { $_.ParameterType -in [Nullable[bool]], [Nullable[int]] -and $_.Attributes.ValueFromPipelineByPropertyName -contains $true }) {
                $parameter.Attributes.TypeId.Name | Should -Contain 'ValueArgumentAttribute' -Because "$($cmdlet.Name) -$($parameter.Name)"
            }

            # Policies have another transformation.
            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object { $_.ParameterType -eq [hashtable] -and $_.Name -ne 'Policy' }) {
                $parameter.Attributes.TypeId.Name | Should -Contain 'PairsArgumentAttribute' -Because "$($cmdlet.Name) -$($parameter.Name)"
            }

            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object ParameterType -EQ ([KmsTools.Tag[]])) {
                $parameter.Attributes.TypeId.Name | Should -Contain 'TagArgumentAttribute' -Because "$($cmdlet.Name) -$($parameter.Name)"
            }
        }
    }
}

Describe 'An object that a cmdlet writes' {
    It 'is taken by what names its thing' {
        # Together, because an assertion costs more than all else of it.
        $taken = foreach ($type in $written) {
            foreach ($reference in $references) {
                # A grant has two principals, and a ciphertext that was encrypted again two keys.
                foreach ($property in $type.GetProperties() | Where-Object { $_.Name -in $reference.Names -and $_.Name -notlike 'G*Principal' -and $_.Name -notlike 'R*Principal' -and $_.Name -ne 'SourceKeyId' -and
                        $_.CanWrite -and $_.PropertyType -eq [string] }) {
                    $object = New-Empty $type
                    $property.SetValue($object, $reference.Attribute.TypeId.Name -like 'Principal*' ? 'arn:aws:iam::111122223333:user/alice' : 'the-name')
                    $one = try { "$($reference.Attribute.Transform($null, $object))" } catch { "$_" }
                    $two = try { $reference.Attribute.Transform($null, @($object, $object)) } catch { "$_" }
                    "$($type.Name).$($property.Name) $one|$($two -join '|')"
                }
            }
        }
        $taken | Where-Object { $_ -notlike '* the-name|the-name|the-name' -and $_ -notlike '* arn:aws:iam::111122223333:user/alice|arn:*:user/alice|arn:*:user/alice' } |
            Should -BeNullOrEmpty
        $taken.Count | Should -BeGreaterThan 400
    }

    It 'is refused where it names none, with what does' {
        $said = foreach ($type in $written | Where-Object Name -NotIn 'KmsConnection', 'KmsEndpoint', 'KmsXksProxy', 'Principal') {
            $name = $type.Name -replace '`.*'
            foreach ($reference in $references) {
                $answer = try { "$($reference.Attribute.Transform($null, (New-Empty $type)))" } catch { $_.Exception.InnerException.Message }
                if ($answer -notmatch "(is named by|is text,|is the name of) .* $name( names none)?\.$") { "$($reference.Name) of $name`: $answer" }
            }
        }
        $said | Should -BeNullOrEmpty
        $written.Count | Should -BeGreaterThan 50
        $references.Count | Should -BeGreaterThan 100
    }

    It 'is a key in an HSM where a key is asked for, and its token where a token is' {
        $uri = 'pkcs11:token=lab;object=orders;id=%0a;type=secret-key?module-path=/lib/a.so'
        $key = [KmsTools.KmsXksKey]::new('orders', '0a', 'lab', '1', $uri, '/lib/a.so')
        foreach ($object in $key, (Get-Serialized $key), [KmsTools.KmsSeal] @{ HsmUri = $uri }) {
            $uris = $references | Where-Object { $_.Attribute -is [KmsTools.Binding.HsmUriArgumentAttribute] } | ForEach-Object { "$($_.Name) $($_.Attribute.Transform($null, $object))" }
            $uris | Sort-Object | Should -BeExactly @(
                'Add-KmsHsm -Uri pkcs11:token=lab?module-path=/lib/a.so'
                'Initialize-KmsHsm -Uri pkcs11:token=lab?module-path=/lib/a.so'
                'New-KmsXksKey -Uri pkcs11:token=lab?module-path=/lib/a.so'
                'New-KmsXksProxyConfiguration -Uri pkcs11:token=lab?module-path=/lib/a.so'
                "Protect-KmsStore -Hsm $uri"
                'Register-KmsHsmCluster -Uri pkcs11:token=lab?module-path=/lib/a.so')
        }
    }

    It 'never becomes a text' {
        foreach ($type in $written) {
            $object = New-Empty $type
            "$(Get-ErrorOf { Update-KmsKeyDescription $key $object })" |
                Should -BeExactly "$transformation Text is asked for, and an object of the type $($type.Name) was given. Give the property of it that is meant."
        }
        "$(Get-ErrorOf { New-KmsAlarm (Get-KmsQuota)[0] -Event KeyUsedWhilePendingDeletion })" | Should -BeLike '*Text is asked for, and an object of the type Quota was given.*'
        (Get-KmsKey $key).Description | Should -BeExactly 'orders'
    }

    It 'is told from a text that only looks like one: <_>' -ForEach 'Quota', 'Quota { }', 'Quota { Name = 1 }', 'KmsTools.Quota', 'System.Collections.Hashtable', '@{a=1}' {
        $text = $_
        Update-KmsKeyDescription $key $text
        (Get-KmsKey $key).Description | Should -BeExactly $text
        Update-KmsKeyDescription $key 'orders'
    }
}

Describe 'Text' {
    It 'is asked for, or a reference, by every parameter that is text' {
        $texts = foreach ($cmdlet in $cmdlets) {
            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object { ($_.ParameterType -in [string], [string[]] -or $_.Name -ceq 'Region') -and $_.Name -notin [Management.Automation.Cmdlet]::CommonParameters }) {
                [pscustomobject]@{ Name = "$($cmdlet.Name) -$($parameter.Name)"; Transformations = @($parameter.Attributes |
                            Where-Object { $_ -is [Management.Automation.ArgumentTransformationAttribute] -and $_ -isnot [KmsTools.Binding.OptionalTextTransformationAttribute] }) }
            }
        }
        ($texts | Where-Object { $_.Transformations.Count -ne 1 }).Name | Should -BeNullOrEmpty
        $texts.Count | Should -BeGreaterThan 700
    }

    It 'is taken as <Text> from <What>' -ForEach @(
        @{ What = 'a string'; Text = 'a'; Value = { 'a' } }
        @{ What = 'an empty string'; Text = ''; Value = { '' } }
        @{ What = 'a string that PowerShell has wrapped'; Text = 'a'; Value = { [psobject] 'a' } }
        @{ What = 'a line of a file'; Text = 'a line'; Value = { Set-Content "$TestDrive/line.txt" 'a line'; Get-Content "$TestDrive/line.txt" } }
        @{ What = 'a number'; Text = '1.5'; Value = { 1.5 } }
        @{ What = 'a large number'; Text = '18446744073709551616'; Value = { [bigint]::Pow(2, 64) } }
        @{ What = 'a semantic version'; Text = '7.6.9'; Value = { [semver] '7.6.9' } }
        @{ What = 'a boolean'; Text = 'True'; Value = { $true } }
        @{ What = 'a character'; Text = 'a'; Value = { [char] 'a' } }
        @{ What = 'a date'; Text = '01/02/2026 03:04:05'; Value = { [datetime] '2026-01-02 03:04:05' } }
        @{ What = 'a date with its offset'; Text = '01/02/2026 03:04:05 +00:00'; Value = { [datetimeoffset] '2026-01-02T03:04:05Z' } }
        @{ What = 'a duration'; Text = '01:30:00'; Value = { [timespan] '1:30' } }
        @{ What = 'a GUID'; Text = '00000000-0000-0000-0000-000000000000'; Value = { [guid]::Empty } }
        @{ What = 'a member of an enumeration'; Text = 'RSA_2048'; Value = { [KmsTools.KeySpec]::RSA_2048 } }
        @{ What = 'a URL'; Text = 'https://example.com/'; Value = { [uri] 'https://example.com/' } }
        @{ What = 'a version'; Text = '1.2'; Value = { [version] '1.2' } }
        @{ What = 'an IP address'; Text = '127.0.0.1'; Value = { [ipaddress]::Loopback } }
        @{ What = 'a text that is built'; Text = 'a'; Value = { [System.Text.StringBuilder] 'a' } }
        @{ What = 'a string in JSON'; Text = 'a'; Value = { [System.Text.Json.JsonDocument]::Parse('"a"').RootElement } }
        @{ What = 'a number in JSON'; Text = '1.5'; Value = { [System.Text.Json.JsonDocument]::Parse('1.5').RootElement } }
        @{ What = 'a boolean in JSON'; Text = 'True'; Value = { [System.Text.Json.JsonDocument]::Parse('true').RootElement } }
        @{ What = 'a large number, from CLIXML'; Text = '18446744073709551616'; Value = { Get-Serialized ([bigint]::Pow(2, 64)) } }
        @{ What = 'a semantic version, from CLIXML'; Text = '7.6.9'; Value = { Get-Serialized ([semver] '7.6.9') } }
        @{ What = 'a date with its offset, from CLIXML'; Text = '01/02/2026 03:04:05 +00:00'; Value = { Get-Serialized ([datetimeoffset] '2026-01-02T03:04:05Z') } }
        @{ What = 'a member of an enumeration, from CLIXML'; Text = 'RSA_2048'; Value = { Get-Serialized ([KmsTools.KeySpec]::RSA_2048) } }
        @{ What = 'a text that is built, from CLIXML'; Text = 'a'; Value = { Get-Serialized ([System.Text.StringBuilder] 'a') } }
    ) {
        $value = & $Value
        (Get-KmsResourceTag (New-KmsKey -Tag @{ is = $value })).TagValue | Should -BeExactly $Text
        Update-KmsKeyDescription $key -Description $value
        (Get-KmsKey $key).Description | Should -BeExactly $Text
        Update-KmsKeyDescription $key 'orders'
        [pscustomobject]@{ KeyId = $key.KeyId; Description = $value } | Update-KmsKeyDescription
        (Get-KmsKey $key).Description | Should -BeExactly $Text
        Update-KmsKeyDescription $key 'orders'
    }

    It 'is not made of <What>' -ForEach @(
        @{ What = 'a hashtable'; Type = 'Hashtable'; Value = { @{ a = 1 } } }
        @{ What = 'an object'; Type = 'PSCustomObject'; Value = { [pscustomobject]@{ a = 1 } } }
        @{ What = 'a file'; Type = 'FileInfo'; Value = { Get-Item $PSCommandPath } }
        @{ What = 'a secret'; Type = 'SecureString'; Value = { ConvertTo-SecureString -AsPlainText a } }
        @{ What = 'a key'; Type = 'KeyMetadata'; Value = { $key } }
        @{ What = 'a key, from CLIXML'; Type = 'KeyMetadata'; Value = { Get-Serialized $key } }
        @{ What = 'an object in JSON'; Type = 'JsonElement'; Value = { [System.Text.Json.JsonDocument]::Parse('{}').RootElement } }
        @{ What = 'one of several texts'; Type = 'Hashtable'; Value = { 'a', @{ a = 1 } } }
    ) {
        $value = & $Value
        $says = "Text is asked for, and an object of the type $Type was given. Give the property of it that is meant."
        "$(Get-ErrorOf { Update-KmsKeyDescription $key -Description $value })" | Should -BeExactly "$transformation $says"
        "$(Get-ErrorOf { [pscustomobject]@{ KeyId = $key.KeyId; Description = $value } | Update-KmsKeyDescription })" | Should -BeLike "*$says"
        "$(Get-ErrorOf { New-KmsGrant $key arn:aws:iam::111122223333:root -Operation $value })" | Should -BeLike "*$says"
        (Get-KmsKey $key).Description | Should -BeExactly 'orders'
        Get-KmsGrantList $key | Should -BeNullOrEmpty
    }

    It 'is not made of <What>, whose text the message names' -ForEach @(
        @{ What = 'a line that was found'; Type = 'MatchInfo'; Names = 'Line'; Value = { 'a line' | Select-String line } }
        @{ What = 'a match'; Type = 'Match'; Names = 'Value'; Value = { [regex]::Match('a', 'a') } }
        @{ What = 'a group of a match, from CLIXML'; Type = 'Group'; Names = 'Value'; Value = { Get-Serialized ([regex]::Match('a', '(a)').Groups[1]) } }
    ) {
        $value = & $Value
        "$(Get-ErrorOf { Update-KmsKeyDescription $key -Description $value })" |
            Should -BeExactly "$transformation Text is asked for, and an object of the type $Type was given. Give the property of it that is meant, such as $Names."
        "$(Get-ErrorOf { Get-KmsKey $value })" |
            Should -BeLike "* A key is named by its ID, its ARN or an alias: an object of the type $Type names none. Give a property of it, such as $Names."
        (Get-KmsKey $key).Description | Should -BeExactly 'orders'
    }

    It 'names a key as <What>' -ForEach @(
        @{ What = 'a text that is built'; Value = { [System.Text.StringBuilder] 'alias/orders' } }
        @{ What = 'a text that is built, from CLIXML'; Value = { Get-Serialized ([System.Text.StringBuilder] 'alias/orders') } }
        @{ What = 'a string in JSON'; Value = { [System.Text.Json.JsonDocument]::Parse('"alias/orders"').RootElement } }
    ) {
        (Get-KmsKey (& $Value)).KeyId | Should -BeExactly $key.KeyId
    }

    It 'is a property of an object where the object names what is asked for' {
        Get-KmsEvent -Region ([pscustomobject]@{ SystemName = 'us-east-1' }) -Last 1 | Should -Not -BeNullOrEmpty
        $null = New-KmsGrant $key arn:aws:iam::111122223333:root -Operation ([pscustomobject]@{ Value = 'Decrypt' }), Encrypt
        (Get-KmsGrantList $key).Operations | Should -BeExactly 'Decrypt', 'Encrypt'
    }

    It 'is the path of a file where a file is asked for' {
        Set-Content -LiteralPath "$TestDrive/a[1].txt" 'text'
        $null = New-Item "$TestDrive/protected" -ItemType Directory
        (Get-Item -LiteralPath "$TestDrive/a[1].txt" | Protect-KmsFile -KeyId $key -Destination (Get-Item "$TestDrive/protected")).Destination |
            Should -BeExactly (Join-Path $TestDrive protected a[1].txt.encrypted)
        Export-KmsEstate "$TestDrive/estate.yaml"
        (Import-KmsEstate (Get-Item "$TestDrive/estate.yaml")).Action | Select-Object -Unique | Should -BeExactly 'Unchanged'
        "$(Get-ErrorOf { Import-KmsEstate @{ a = 1 } })" | Should -BeLike '*A file or a folder is named by its path: an object of the type Hashtable names none.'
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
        @{ What = 'an event about it, from CLIXML'; Value = { Get-Serialized (Get-KmsEvent -EventName CreateKey -Last 1) } }
        @{ What = 'the key, as a hashtable of JSON'; Value = { $key | ConvertTo-Json | ConvertFrom-Json -AsHashtable } }
        @{ What = 'an event about it, as a hashtable of JSON'; Value = { Get-KmsEvent -EventName CreateKey -Last 1 | ConvertTo-Json -Depth 9 | ConvertFrom-Json -AsHashtable } }
        @{ What = 'a hashtable with its ID'; Value = { @{ keyid = $key.KeyId } } }
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
        $says = "*A key is named by its ID, its ARN or an alias: an object of the type {0} names none."
        "$(Get-ErrorOf { Get-KmsKey (Get-Item $TestDrive) })" | Should -BeLike ($says -f 'DirectoryInfo')
        "$(Get-ErrorOf { Get-KmsKey ([pscustomobject]@{ KeyId = '' }) })" | Should -BeLike ($says -f 'PSCustomObject')
        "$(Get-ErrorOf { Get-KmsKey @{ Key = $key.KeyId } })" | Should -BeLike ($says -f 'Hashtable')
        "$(Get-ErrorOf { Get-KmsKey @{ KeyId = '' } })" | Should -BeLike ($says -f 'Hashtable')
        # What a report shows in brackets is not a pattern that matches no key, in silence.
        "$(Get-ErrorOf { Get-KmsKey (Get-KmsStatus) })" | Should -BeLike ($says -f 'KmsStatus')
        "$(Get-ErrorOf { Get-KmsStatus | Get-KmsKey -ErrorAction Stop })" | Should -BeLike ($says -f 'KmsStatus')
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

Describe 'A grant' {
    BeforeEach {
        $made = New-KmsGrant $key arn:aws:iam::111122223333:role/deploy -Operation Decrypt -Name taken
        $grant = Get-KmsGrantList $key | Where-Object GrantId -EQ $made.GrantId
    }

    It 'ends as <What>' -ForEach @(
        @{ What = 'the grant'; Call = { Revoke-KmsGrant $grant } }
        @{ What = 'the grant in the pipeline'; Call = { $grant | Revoke-KmsGrant } }
        @{ What = 'what is left of it in a job'; Call = { Revoke-KmsGrant ([Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($grant))) } }
        @{ What = 'the grant as a hashtable of JSON'; Call = { Revoke-KmsGrant ($grant | ConvertTo-Json | ConvertFrom-Json -AsHashtable) } }
        @{ What = 'the grant, after its key'; Call = { Revoke-KmsGrant $key $grant } }
        @{ What = 'the answer of New-KmsGrant, after its key'; Call = { Revoke-KmsGrant $key -GrantId $made } }
        @{ What = 'the grant, by name'; Call = { Revoke-KmsGrant -KeyId $grant -GrantId $grant } }
        @{ What = 'the grant, where it is retired'; Call = { Disable-KmsGrant $grant } }
        @{ What = 'the answer of New-KmsGrant, where it is retired'; Call = { Disable-KmsGrant $made } }
        @{ What = 'the token in that answer'; Call = { Disable-KmsGrant -GrantToken $made } }
    ) {
        & $Call
        Get-KmsGrantList $key | Where-Object GrantId -EQ $made.GrantId | Should -BeNullOrEmpty
    }

    It 'is found by itself, and used' {
        (Get-KmsGrantList $key -GrantId $made).GrantId | Should -BeExactly $made.GrantId
        (Invoke-KmsEncrypt $key 'hi' -GrantToken $made).KeyId | Should -BeExactly $key.Arn
        Revoke-KmsGrant $grant
    }

    It 'is not ended by what does not name its key, or no grant' {
        "$(Get-ErrorOf { Revoke-KmsGrant $made })" | Should -BeExactly 'The answer of New-KmsGrant does not name the key of the grant. Give the key, and this as -GrantId.'
        "$(Get-ErrorOf { Disable-KmsGrant (Get-KmsClock) })" | Should -BeExactly 'The object names no grant: give what New-KmsGrant or Get-KmsGrantList returned.'
        (Get-KmsGrantList $key).GrantId | Should -Contain $made.GrantId
        Revoke-KmsGrant $grant
    }
}

Describe 'A principal' {
    BeforeAll {
        $trust = @{ Version = '2012-10-17'; Statement = @(@{ Effect = 'Allow'; Principal = @{ AWS = '*' }; Action = 'sts:AssumeRole' }) }
        $role = New-KmsPrincipal -RoleName taken -TrustPolicy $trust
        $user = New-KmsPrincipal taken
        $group = New-KmsPrincipal -GroupName taken
    }

    It 'is taken whatever its type is' {
        foreach ($principal in $role, $user, $group) {
            (Get-KmsPrincipal $principal).Arn | Should -BeExactly $principal.Arn
            (Get-KmsPrincipal $principal.Arn).Arn | Should -BeExactly $principal.Arn
            ($principal | Get-KmsPrincipal).Arn | Should -BeExactly $principal.Arn
            Add-KmsPrincipalPolicy $principal -PolicyName p -Policy @{ Version = '2012-10-17'; Statement = @(@{ Effect = 'Allow'; Action = 'kms:*'; Resource = '*' }) }
            (Get-KmsPrincipal $principal).Policies.Keys | Should -BeExactly 'p'
        }
        (Set-KmsPrincipal $user -Group $group).Groups | Should -BeExactly 'taken'
        (Get-KmsPrincipal -RoleName $role).Arn | Should -BeExactly $role.Arn
        "$(Get-ErrorOf { Get-KmsPrincipal -RoleName $user })" | Should -BeExactly 'There is no role arn:aws:iam::111122223333:user/taken.'
        "$(Get-ErrorOf { Remove-KmsPrincipal -GroupName $user -Force })" | Should -BeExactly 'There is no group arn:aws:iam::111122223333:user/taken.'
    }

    It 'makes calls, has keys and is given grants' {
        Use-KmsRole $role { (Get-KmsConnection).Caller } | Should -BeExactly 'arn:aws:sts::111122223333:assumed-role/taken/KmsTools'
        (Set-KmsCaller $user -PassThru).Caller | Should -BeExactly $user.Arn
        Set-KmsCaller -Default
        $accessKey = New-KmsAccessKey $role
        $accessKey.PrincipalArn | Should -BeExactly $role.Arn
        (Get-KmsAccessKey (Get-KmsAccessKey $accessKey)).AccessKeyId | Should -BeExactly $accessKey.AccessKeyId
        Remove-KmsAccessKey (Get-KmsAccessKey $accessKey) -Confirm:$false
        $null = New-KmsGrant $key $role -Operation Decrypt -RetiringPrincipal $user
        (Get-KmsRetirableGrant $user).GranteePrincipal | Should -BeExactly $role.Arn
        Get-KmsRetirableGrant $user | Disable-KmsGrant
        (Test-KmsKeyAccess $key Decrypt $role).Principal | Should -BeExactly $role.Arn
        "$(Get-ErrorOf { New-KmsGrant $key $key -Operation Decrypt })" | Should -BeLike '*A principal is named by its ARN: an object of the type KeyMetadata names none.'
    }

    It 'is removed' {
        $role, $user, $group | ForEach-Object { Remove-KmsPrincipal $_ -Force }
        Get-KmsPrincipal | Where-Object Name -EQ taken | Should -BeNullOrEmpty
    }
}

Describe 'A backup of a store' {
    It 'is taken where its file is asked for' {
        $here = (Get-KmsConnection).Path
        $phrase = ConvertTo-LabPin 'correct horse battery staple'
        $backup = Backup-KmsStore "$TestDrive/backup" -Passphrase $phrase
        (Test-KmsStoreBackup $backup -Passphrase $phrase).Path | Should -BeExactly $backup.Path
        $restored = Restore-KmsStore $backup "$TestDrive/restored" -Passphrase $phrase
        $restored.Path | Should -Not -BeExactly $here
        "$(Get-ErrorOf { Test-KmsStoreBackup (Get-KmsClock) })" | Should -BeLike '*A file or a folder is named by its path: an object of the type KmsClock names none.'
    }
}

Describe 'What a store has besides' {
    It 'is taken as an object, by position and in the pipeline: <What>' -ForEach @(
        @{ What = 'an alarm with a pattern as its name'; Value = { New-KmsAlarm 'a[1]' -Event KeyUsedWhilePendingDeletion }; Get = 'Get-KmsAlarm'; Remove = 'Remove-KmsAlarm'; By = 'Name' }
        @{ What = 'a quota'; Value = { Get-KmsQuota AliasesPerKey }; Get = 'Get-KmsQuota'; Remove = 'Reset-KmsQuota'; By = 'Name' }
        @{ What = 'a VPC endpoint service'; Value = { Set-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 }; Get = 'Get-KmsVpcEndpointService'; Remove = 'Remove-KmsVpcEndpointService'; By = 'ServiceName' }
        @{ What = 'the address of a proxy'; Value = { Set-KmsXksProxyAddress xks.example.com 127.0.0.1 }; Get = 'Get-KmsXksProxyAddress'; Remove = 'Remove-KmsXksProxyAddress'; By = 'HostName' }
    ) {
        $object = & $Value
        $object.$By | Should -Not -BeNullOrEmpty
        (& $Get $object).$By | Should -BeExactly $object.$By
        ($object | & $Get).$By | Should -BeExactly $object.$By
        & $Remove $object -Confirm:$false
    }

    It 'is named by what is as good as text' {
        $null = Set-KmsXksProxyAddress ([uri] 'https://xks.example.com') 127.0.0.1
        (Get-KmsXksProxyAddress).HostName | Should -BeExactly 'xks.example.com'
        Remove-KmsXksProxyAddress xks.example.com -Confirm:$false
        $id = [guid]::NewGuid()
        "$(Get-ErrorOf { Get-KmsKey $id })" | Should -BeExactly "Key 'arn:aws:kms:us-east-1:111122223333:key/$id' does not exist"
    }

    It 'is taken where a key is asked for, if it names one' {
        $alarm = New-KmsAlarm watched $key -Event KeyUsedWhilePendingDeletion
        (Get-KmsKey $alarm).KeyId | Should -BeExactly $key.KeyId
        Remove-KmsAlarm $alarm -Force
    }
}

Describe 'Tags' {
    It 'are taken as <What>' -ForEach @(
        @{ What = 'a hashtable'; Value = { @{ team = 'shop'; cost = 4711 } }; Expected = 'cost=4711', 'team=shop' }
        @{ What = 'hashtables'; Value = { @{ team = 'shop' }, @{ cost = '1' } }; Expected = 'cost=1', 'team=shop' }
        @{ What = 'a tag of AWS.Tools'; Value = { @{ TagKey = 'team'; TagValue = 'shop' } }; Expected = 'team=shop' }
        @{ What = 'tags of AWS.Tools'; Value = { @{ TagKey = 'a'; TagValue = '1' }, @{ TagKey = 'b'; TagValue = '2' } }; Expected = 'a=1', 'b=2' }
        @{ What = 'tags of another key'; Value = { Get-KmsResourceTag (New-KmsKey -Tag @{ x = 'y' }) }; Expected = 'x=y' }
        @{ What = 'tags of a principal'; Value = { (New-KmsPrincipal "tagged-$([guid]::NewGuid())" -Tag @{ a = 'b'; c = '' }).Tags }; Expected = 'a=b', 'c=' }
        @{ What = 'an object'; Value = { [pscustomobject]@{ team = 'shop'; cost = 4711 } }; Expected = 'cost=4711', 'team=shop' }
        @{ What = 'a tag in JSON'; Value = { '{ "TagKey": "team", "TagValue": "shop" }' | ConvertFrom-Json }; Expected = 'team=shop' }
        @{ What = 'a tag without a value'; Value = { @{ empty = '' } }; Expected = 'empty=' }
    ) {
        $tagged = New-KmsKey -Tag (& $Value)
        $piped = [pscustomobject]@{ Description = 'piped'; Tag = & $Value } | New-KmsKey
        foreach ($made in $tagged, $piped) {
            Get-KmsResourceTag $made | ForEach-Object { "$($_.TagKey)=$($_.TagValue)" } | Sort-Object | Should -BeExactly $Expected
        }
    }

    It 'are refused as <What>, also as a property of an object in the pipeline' -ForEach @(
        @{ What = 'a text'; Type = 'String'; Value = { 'team=shop' } }
        @{ What = 'a key'; Type = 'KeyMetadata'; Value = { $key } }
        @{ What = 'a key from CLIXML'; Type = 'KeyMetadata'; Value = { Get-Serialized $key } }
    ) {
        $value = & $Value
        $says = "*Tags are keys with their values, such as @{ team = 'shop' }, and an object of the type $Type was given."
        "$(Get-ErrorOf { New-KmsKey -Tag $value })" | Should -BeLike $says
        "$(Get-ErrorOf { [pscustomobject]@{ Description = 'piped'; Tag = $value } | New-KmsKey })" | Should -BeLike $says
    }

    It 'are refused where their values are not text' {
        "$(Get-ErrorOf { New-KmsKey -Tag @{ team = @('a', 'b') } })" | Should -BeLike "*The value of the tag 'team' is not text. Put it in quotes.*"
    }

    It 'are refused where their value is null, which would be stored as an empty one' -ForEach @(
        @{ Value = { @{ team = $null } } }
        @{ Value = { @{ cost = '1' }, @{ team = $null } } }
        @{ Value = { [ordered] @{ cost = '1'; team = $unset } } }
    ) {
        $key = New-KmsKey
        "$(Get-ErrorOf { New-KmsKey -Tag (& $Value) })" | Should -BeLike "*The value of the tag 'team' is `$null. Write '' for an empty value."
        "$(Get-ErrorOf { Add-KmsResourceTag $key (& $Value) })" | Should -BeLike "*The value of the tag 'team' is `$null. Write '' for an empty value."
        Get-KmsResourceTag $key | Should -BeNullOrEmpty
    }
}

Describe 'An encryption context' {
    It 'is taken as <What>, also as a property of an object in the pipeline' -ForEach @(
        @{ What = 'a hashtable'; Value = { @{ tenant = 'a' } } }
        @{ What = 'an object'; Value = { [pscustomobject]@{ tenant = 'a' } } }
        @{ What = 'JSON'; Value = { '{ "tenant": "a" }' | ConvertFrom-Json } }
        @{ What = 'JSON in a hashtable'; Value = { '{ "tenant": "a" }' | ConvertFrom-Json -AsHashtable } }
        @{ What = 'a dictionary'; Value = { $pairs = [Collections.Generic.SortedDictionary[string, string]]::new(); $pairs.Add('tenant', 'a'); $pairs } }
        @{ What = 'an object from CLIXML'; Value = { Get-Serialized ([pscustomobject]@{ tenant = 'a' }) } }
    ) {
        $value = & $Value
        $named = Invoke-KmsEncrypt $key -Plaintext 'x' -EncryptionContext $value
        $piped = [pscustomobject]@{ KeyId = $key.KeyId; Plaintext = 'x'; EncryptionContext = $value } | Invoke-KmsEncrypt
        foreach ($answer in $named, $piped) {
            Get-ErrorCode (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob }) | Should -BeExactly 'InvalidCiphertextException'
            Read-Text (Invoke-KmsDecrypt -CiphertextBlob $answer.CiphertextBlob -EncryptionContext @{ tenant = 'a' }).Plaintext | Should -BeExactly 'x'
        }
    }

    It 'is refused as <What>, also as a property of an object in the pipeline' -ForEach @(
        @{ What = 'a text'; Type = 'String'; Value = { 'tenant=a' } }
        @{ What = 'a key'; Type = 'KeyMetadata'; Value = { $key } }
        @{ What = 'a key from CLIXML'; Type = 'KeyMetadata'; Value = { Get-Serialized $key } }
    ) {
        $value = & $Value
        $says = "*Names with their values are asked for, such as @{ tenant = 'a' }, and an object of the type $Type was given."
        "$(Get-ErrorOf { Invoke-KmsEncrypt $key -Plaintext 'x' -EncryptionContext $value })" | Should -BeLike $says
        "$(Get-ErrorOf { [pscustomobject]@{ KeyId = $key.KeyId; Plaintext = 'x'; EncryptionContext = $value } | Invoke-KmsEncrypt })" | Should -BeLike $says
        $grant = [pscustomobject]@{ KeyId = $key.KeyId; GranteePrincipal = 'arn:aws:iam::111122223333:root'; Operation = 'Encrypt'; Constraints_EncryptionContextSubset = $value }
        "$(Get-ErrorOf { $grant | New-KmsGrant })" | Should -BeLike $says
    }
}

Describe 'A value in a row' {
    It 'is taken as text' {
        $rows = "Description,MultiRegion`none,true`ntwo,FALSE`nthree," | ConvertFrom-Csv | New-KmsKey
        $rows.MultiRegion | Should -Be $true, $false, $false
        Get-ErrorCode (Get-ErrorOf { "KeyId,Plaintext,DryRun`n$($key.KeyId),x,true" | ConvertFrom-Csv | Invoke-KmsEncrypt }) | Should -BeExactly 'DryRunOperationException'
        $rotated = New-KmsKey
        "KeyId,RotationPeriodInDays`n$($rotated.KeyId),180" | ConvertFrom-Csv | Enable-KmsKeyRotation
        (Get-KmsKeyRotationStatus $rotated -Select *).RotationPeriodInDays | Should -Be 180
    }

    It 'is not given where it is an empty text, unless that is a value' {
        $rows = "Description,KeySpec,KeyUsage,Origin,CustomKeyStoreId,XksKeyId,Policy,MultiRegion,Region`none,HMAC_256,GENERATE_VERIFY_MAC,,,,,,eu-west-1`n,,,,,,,," |
            ConvertFrom-Csv | New-KmsKey
        $rows.KeySpec | Should -BeExactly 'HMAC_256', 'SYMMETRIC_DEFAULT'
        $rows.Description | Should -BeExactly 'one', ''
        $rows.Arn | Should -BeLike 'arn:aws:kms:*-*-1:111122223333:key/*'
        $rows.Arn.ForEach({ $_.Split(':')[3] }) | Should -BeExactly 'eu-west-1', 'us-east-1'
        $grant = "KeyId,GranteePrincipal,Operation,Name,RetiringPrincipal,GrantToken`n$($rows[1].KeyId),arn:aws:iam::111122223333:root,Decrypt,,," | ConvertFrom-Csv | New-KmsGrant
        $listed = Get-KmsGrantList $rows[1] -GrantId $grant.GrantId
        $listed.Name, $listed.RetiringPrincipal | Should -BeExactly '', $null
        Update-KmsKeyDescription $rows[1] 'some'
        "Description,KeyId`n,$($rows[1].Arn)" | ConvertFrom-Csv | Update-KmsKeyDescription
        (Get-KmsKey $rows[1].Arn).Description | Should -BeExactly ''
    }

    It 'is refused where it is an empty text that was typed, or that is required' {
        $before = @(Get-KmsGrantList $key).Count
        foreach ($call in { New-KmsKey -KeySpec '' }, { [pscustomobject]@{ Description = 'a' } | New-KmsKey -KeySpec '' }, { $key | New-KmsGrant -GranteePrincipal arn:aws:iam::111122223333:root -Operation Decrypt -Name '' },
            { [pscustomobject]@{ KeyId = $key.KeyId; GranteePrincipal = ''; Operation = 'Decrypt' } | New-KmsGrant }) {
            Get-ErrorCode (Get-ErrorOf $call) | Should -BeExactly 'ValidationException' -Because $call
        }
        @(Get-KmsGrantList $key).Count | Should -Be $before
    }

    It 'may be an empty text where the call takes one' {
        foreach ($operation in [KmsTools.Operations.OperationCatalog]::All) {
            $cmdlet = $cmdlets | Where-Object { $_.ImplementingType.BaseType.GenericTypeArguments -contains $operation.RequestType }
            foreach ($member in $operation.RequestType.GetProperties() | Where-Object PropertyType -EQ ([string])) {
                $constraints = $member.GetCustomAttributes([KmsTools.Validation.MemberAttribute], $false)
                $takes = $constraints.Min -eq 0 -and -not $constraints.Pattern -and -not $constraints.Values -and $constraints.Max -gt 0
                foreach ($parameter in $cmdlet.ForEach({ $_.Parameters[$member.Name] }) | Where-Object { $_ -and $_.Attributes.Mandatory -notcontains $true }) {
                    $parameter.Attributes.TypeId.Name -contains 'AllowEmptyStringAttribute' | Should -Be $takes -Because "$($cmdlet.Name) -$($parameter.Name)"
                }
            }
        }
    }

    It 'is refused where it is none: <Says>' -ForEach @(
        @{ Row = { @{ Plaintext = 'x'; DryRun = 'yes' } }; Command = 'Invoke-KmsEncrypt'; Says = "`$true or `$false is asked for, and 'yes' was given." }
        @{ Row = { @{ RotationPeriodInDays = 'x' } }; Command = 'Enable-KmsKeyRotation'; Says = "A whole number is asked for, and 'x' was given." }
        @{ Row = { @{ RotationPeriodInDays = @{ a = 1 } } }; Command = 'Enable-KmsKeyRotation'; Says = 'A whole number is asked for, and an object of the type Hashtable was given.' }
    ) {
        $row = [pscustomobject] (& $Row)
        $row | Add-Member KeyId $key.KeyId
        "$(Get-ErrorOf { $row | & $Command })" | Should -BeLike "*$Says"
        Get-KmsKeyRotationStatus $key | Should -BeFalse
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

    It 'are followed by HSMs and backups' {
        $pin = ConvertTo-LabPin 'kmsPswd1'
        $store = Get-KmsCustomKeyStore -CustomKeyStoreName line
        (Get-KmsCustomKeyStore -CustomKeyStoreName $store).CustomKeyStoreId | Should -BeExactly $store.CustomKeyStoreId
        $second = Initialize-KmsHsm $LabLibrary -TokenLabel 'second[1]' -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword $pin
        $hsm = Add-KmsHsm $store $second -Library $second
        (Get-KmsHsm $store $second).TokenLabel | Should -BeExactly 'second[1]'
        ($hsm | Get-KmsHsm).TokenLabel | Should -BeExactly 'second[1]'
        $hsm | Remove-KmsHsm -WhatIf
        Remove-KmsHsm $hsm -Force
        (Get-KmsHsm $store).TokenLabel | Should -BeExactly 'line'
        "$(Get-ErrorOf { Get-KmsHsm $store (Get-KmsClock) })" | Should -BeLike '*A token is named by its label: an object of the type KmsClock names none.'

        $backup = Backup-KmsHsmCluster $store
        (Get-KmsHsmClusterBackup $backup).BackupId | Should -BeExactly $backup.BackupId
        ($backup | Get-KmsHsmClusterBackup).BackupId | Should -BeExactly $backup.BackupId
        Get-ErrorCode (Get-ErrorOf { Restore-KmsHsmCluster $backup -ClusterId $store -InPlace -Force }) | Should -Be 'CustomKeyStoreInvalidStateException'
        Remove-KmsHsmClusterBackup $backup -Force
        Get-KmsHsmClusterBackup | Should -BeNullOrEmpty
    }

    It 'are named by ID: a name is answered with it' {
        $id = (Get-KmsCustomKeyStore -CustomKeyStoreName line).CustomKeyStoreId
        foreach ($refusal in (Get-ErrorOf { Connect-KmsCustomKeyStore line }), (Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId line })) {
            Get-ErrorCode $refusal | Should -Be 'CustomKeyStoreNotFoundException'
            $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "line is the custom key store ${id}: this operation takes its ID."
        }
    }
}
