# Idioms of scripts that were written for AWS.Tools: typed catches, Value, JSON, values in any case, Regions of the session.

BeforeDiscovery {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $model = Get-Content -Raw "$PSScriptRoot/aws-tools-kms-cmdlets.json" | ConvertFrom-Json

    # Every parameter that takes a constant.
    $spelled = @($model.cmdlets | ForEach-Object {
        $cmdlet = $_.cmdlet
        $_.parameters | Where-Object typeKind -EQ constantClass | ForEach-Object { @{ Cmdlet = $cmdlet; Parameter = $_.name } }
    })
}

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey
    New-KmsAlias -AliasName alias/orders -TargetKeyId $key.KeyId
}

AfterAll {
    Disconnect-Kms
}

Describe 'A typed catch' {
    It 'catches the exception of its own error' {
        $met = try { Get-KMSKey alias/none } catch [Amazon.KeyManagementService.Model.NotFoundException] { $_ } catch { 'another' }
        $met.Exception | Should -BeOfType KmsTools.KmsException
        $met.Exception | Should -BeOfType InvalidOperationException
        $met.FullyQualifiedErrorId | Should -BeExactly 'NotFoundException,KmsTools.Commands.GetKmsKeyCommand'
        $sdk = $met.Exception.InnerException
        $sdk.GetType().FullName | Should -BeExactly 'Amazon.KeyManagementService.Model.NotFoundException'
        $sdk.Message | Should -BeExactly 'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.'
        $sdk.ErrorCode | Should -BeExactly 'NotFoundException'
        $sdk.ErrorType | Should -Be 'Sender'
        $sdk.StatusCode | Should -Be ([Net.HttpStatusCode]::BadRequest)
        $met.Exception.MissingName | Should -BeExactly 'arn:aws:kms:us-east-1:111122223333:alias/none'
        $met.Exception.Cause | Should -Be 'MissingAlias'
        $met.Exception.StackTrace | Should -Match 'KmsTools'
        $sdk.RequestId | Should -BeExactly (Get-KmsEvent -EventName DescribeKey -Last 1).RequestId
    }

    It 'catches by the types above it: <Type>' -ForEach @(
        @{ Type = 'Amazon.KeyManagementService.AmazonKeyManagementServiceException' }
        @{ Type = 'Amazon.Runtime.AmazonServiceException' }
        @{ Type = 'InvalidOperationException' }
        @{ Type = 'KmsTools.KmsException' }
    ) {
        & ([scriptblock]::Create("try { Disable-KMSKey alias/none } catch [Amazon.KeyManagementService.Model.TagException] { 'wrong' } catch [$Type] { 'met' }")) |
            Should -BeExactly 'met'
    }

    It 'catches with -ErrorAction Stop and with the preference Stop, from the pipeline as well' {
        $ErrorActionPreference = 'Stop'
        try { Get-KMSKey alias/none -ErrorAction Stop } catch [Amazon.KeyManagementService.Model.NotFoundException] { $met = 'met' }
        $met | Should -BeExactly 'met'
        try { '1234abcd-12ab-34cd-56ef-1234567890ab' | Disable-KMSKey -WhatIf } catch [Amazon.KeyManagementService.Model.NotFoundException] { $piped = 'met' }
        $piped | Should -BeExactly 'met'
    }

    It 'finds errors that all services have in the type of the service' {
        $met = try { New-KMSKey -KeySpec NOTHING } catch [Amazon.KeyManagementService.AmazonKeyManagementServiceException] { $_.Exception.InnerException }
        $met.GetType().Name | Should -BeExactly 'AmazonKeyManagementServiceException'
        $met.ErrorCode | Should -BeExactly 'ValidationException'
    }

    It 'finds its type by a namespace, too' {
        & ([scriptblock]::Create("using namespace Amazon.KeyManagementService.Model`ntry { Get-KMSKey alias/none } catch [NotFoundException] { 'met' }")) |
            Should -BeExactly 'met'
    }

    It 'says that a fault of the service is one' {
        $created = [KmsTools.Commands.KmsCmdlet].Assembly.GetType('KmsTools.Loading.AwsTypeNames').GetMethod('CreateException', [Reflection.BindingFlags] 'Public, Static')
        $fault = [KmsTools.KmsException].GetConstructors([Reflection.BindingFlags] 'NonPublic, Instance')[0].Invoke(@('KMSInternalException', 'message', 500, $null))
        $sdk = $created.Invoke($null, @($fault, 'said', $null))
        $sdk.GetType().FullName, "$($sdk.ErrorType)", [int] $sdk.StatusCode, $sdk.RequestId, $sdk.Message | Should -Be @(
            'Amazon.KeyManagementService.Model.KMSInternalException', 'Receiver', 500, '', 'said')
    }

    It 'knows the 48 exceptions of the API' {
        $types = [Amazon.KeyManagementService.Model.NotFoundException].Assembly.GetExportedTypes() | Where-Object Namespace -EQ 'Amazon.KeyManagementService.Model'
        $types.Count | Should -Be 48
        $types.BaseType.FullName | Select-Object -Unique | Should -BeExactly 'Amazon.KeyManagementService.AmazonKeyManagementServiceException'
        foreach ($type in $types) { ($type.FullName -as [type]) | Should -Be $type }
    }
}

Describe 'Types of the SDK that scripts make' {
    It 'are those of this module' {
        $tag = New-Object Amazon.KeyManagementService.Model.Tag
        $tag.TagKey, $tag.TagValue = 'team', 'shop'
        Add-KMSResourceTag -KeyId $key.KeyId -Tag $tag
        Add-KMSResourceTag -KeyId $key.KeyId -Tag ([Amazon.KeyManagementService.Model.Tag] @{ TagKey = 'stage'; TagValue = 'test' })
        (Get-KMSResourceTag -KeyId $key.KeyId | Sort-Object TagKey).TagValue | Should -BeExactly 'test', 'shop'
        (New-KMSKey -KeySpec ([Amazon.KeyManagementService.KeySpec]::HMAC_224) -KeyUsage ([Amazon.KeyManagementService.KeyUsageType]::GENERATE_VERIFY_MAC)).KeySpec |
            Should -Be ([Amazon.KeyManagementService.KeySpec]::HMAC_224)
    }
}

Describe 'An enumerated value' {
    It 'has a Value, and is compared with text in any case' {
        $key.KeyState.Value | Should -BeExactly 'Enabled'
        $key.KeyState.Value | Should -BeOfType string
        $key.EncryptionAlgorithms[0].Value | Should -BeExactly 'SYMMETRIC_DEFAULT'
        $key.KeyState -eq 'enabled' | Should -BeTrue
        'ENABLED' -eq $key.KeyState | Should -BeTrue
        $key.KeyState -eq 'Disabled' | Should -BeFalse
        $key.KeyState -eq 'NoState' | Should -BeFalse
        switch ($key.KeyState) { 'Enabled' { $reached = 'usable' } }
        $reached | Should -BeExactly 'usable'
        "$($key.Origin.Value)/$($key.KeyManager.Value)/$($key.ExpirationModel.Value)" | Should -BeExactly 'AWS_KMS/CUSTOMER/'
    }

    It 'has a Value wherever an answer has one' {
        $enumerations = [Collections.Generic.HashSet[type]]::new()
        $seen = [Collections.Generic.HashSet[type]]::new()
        function Add-Enumeration([type] $Type) {
            if (-not $Type -or -not $seen.Add($Type)) { return }
            Add-Enumeration $Type.GetElementType()
            $Type.GenericTypeArguments | ForEach-Object { Add-Enumeration $_ }
            if ($Type.FullName -like 'KmsTools.*' -and -not $Type.IsGenericType) {
                if ($Type.IsEnum) { $null = $enumerations.Add($Type) } else { $Type.GetProperties().PropertyType | ForEach-Object { Add-Enumeration $_ } }
            }
        }

        (Get-Command -Module KmsTools -CommandType Cmdlet).OutputType.Type | ForEach-Object { Add-Enumeration $_ }
        [KmsTools.Operations.OperationCatalog]::All.ResponseType | ForEach-Object { Add-Enumeration $_ }
        $enumerations.Count | Should -BeGreaterThan 25
        foreach ($type in $enumerations) {
            $value = [Enum]::GetValues($type)[0]
            $value.Value | Should -BeExactly "$value" -Because $type.FullName
        }
    }

    It 'is its name in JSON, and in lists of it' {
        $json = $key | ConvertTo-Json | ConvertFrom-Json
        $json.KeyState | Should -BeExactly 'Enabled'
        $json.KeyUsage | Should -BeExactly 'ENCRYPT_DECRYPT'
        $json.EncryptionAlgorithms | Should -BeExactly 'SYMMETRIC_DEFAULT'
        $key.KeyState | ConvertTo-Json | Should -BeExactly '"Enabled"'
        $key | Select-Object KeyState | ConvertTo-Json -Compress | Should -BeExactly '{"KeyState":"Enabled"}'
        [pscustomobject] @{ State = $key.KeyState } | ConvertTo-Json -Compress | Should -BeExactly '{"State":"Enabled"}'
    }

    It 'leaves other enumerations in JSON as they are' {
        @{ Day = [DayOfWeek]::Friday } | ConvertTo-Json -Compress | Should -BeExactly '{"Day":5}'
    }

    It 'is its name in CSV, without another column' {
        ($key | Select-Object KeyState, KeySpec | ConvertTo-Csv) | Should -BeExactly '"KeyState","KeySpec"', '"Enabled","SYMMETRIC_DEFAULT"'
    }
}

Describe 'The parameter -<Parameter> of <Cmdlet>' -ForEach $spelled {
    It 'takes its values in any case, and leaves others to the service' {
        $command = Get-Command $Cmdlet -Module KmsTools
        if ($command.CommandType -eq 'Alias') { $command = $command.ResolvedCommand }
        $names = @($command.Parameters[$Parameter].Attributes | Where-Object { $_.GetType().Name -eq 'NamesOfAttribute' })
        $names.Count | Should -Be 1
        foreach ($name in [Enum]::GetNames($names[0].Enumeration)) {
            $names[0].Transform($null, $name.ToLowerInvariant()) | Should -BeExactly $name
            $names[0].Transform($null, [psobject] $name.ToUpperInvariant()) | Should -BeExactly $name
        }

        $names[0].Transform($null, 'nothing of it') | Should -BeExactly 'nothing of it'
    }
}

Describe 'A value' {
    It 'reaches the service in the spelling of AWS' {
        $rsa = New-KMSKey -KeySpec rsa_2048 -KeyUsage sign_verify -Origin aws_kms
        $rsa.KeySpec | Should -Be 'RSA_2048'
        $event = Get-KmsEvent $rsa.KeyId -EventName CreateKey
        $event.RequestParameters.keySpec | Should -BeExactly 'RSA_2048'
        $signature = Invoke-KMSSigning -KeyId $rsa.KeyId -Message 'text' -SigningAlgorithm rsassa_pss_sha_256 -MessageType raw
        Test-KMSSignature -KeyId $rsa.KeyId -Message 'text' -SigningAlgorithm RSASSA_PSS_sha_256 -Signature $signature | Should -BeTrue
    }

    It 'keeps its case in lists, as in AWS.Tools' {
        $refusal = Get-ErrorOf { New-KMSGrant -KeyId $key.KeyId -GranteePrincipal arn:aws:iam::111122223333:root -Operation decrypt }
        Get-ErrorCode $refusal | Should -BeExactly 'ValidationException'
    }
}

Describe 'An error' {
    It 'ends nothing with -ErrorAction <Action>' -ForEach @(
        @{ Action = 'SilentlyContinue'; Count = 1 }
        @{ Action = 'Ignore'; Count = 0 }
        @{ Action = 'Continue'; Count = 1 }
    ) {
        $said = 'alias/none', 'alias/orders' | Get-KMSKey -ErrorAction $Action -ErrorVariable kept 2> $null
        $said.KeyId | Should -Be $key.KeyId
        @($kept).Count | Should -Be $Count
    }

    It 'is not written with -ErrorAction SilentlyContinue' {
        Get-KMSKey alias/none -ErrorAction SilentlyContinue 2>&1 | Should -BeNullOrEmpty
    }

    It 'ends the command without it, as in AWS.Tools' {
        $said = try { 'alias/orders', 'alias/none', 'alias/orders' | Get-KMSKey } catch { 'caught' }
        @($said).Count | Should -Be 2
        $said[1] | Should -BeExactly 'caught'
    }

    It 'is shown with the others by -WhatIf' {
        $file = "$TestDrive/whatif.txt"
        $ErrorActionPreference = 'Continue'
        $null = Start-Transcript $file -UseMinimalHeader
        'alias/none', $key.KeyId | Disable-KMSKey -WhatIf -ErrorVariable kept 2> $null
        $null = Stop-Transcript
        @($kept).Count | Should -Be 1
        Get-Content $file | Where-Object { $_ -like "What if: *$($key.KeyId)*" } | Should -HaveCount 1
    }

    It 'goes on where the cmdlet is none of AWS, too' {
        (Get-KmsQuota NoQuota -ErrorAction SilentlyContinue -ErrorVariable kept) | Should -BeNullOrEmpty
        Get-ErrorCode $kept[0] | Should -BeExactly 'QuotaNotFound'
    }
}

Describe 'Bytes that were given as text in Base64' {
    BeforeAll {
        $signing = New-KmsKey -KeySpec ECC_NIST_P256 -KeyUsage SIGN_VERIFY
        $hmac = New-KmsKey -KeySpec HMAC_256 -KeyUsage GENERATE_VERIFY_MAC
        $sealed = [Convert]::ToBase64String((Invoke-KmsEncrypt $key.KeyId -Plaintext 'x').CiphertextBlob.ToArray())
        $signature = [Convert]::ToBase64String((Invoke-KmsSigning 'x' -KeyId $signing.KeyId -SigningAlgorithm ECDSA_SHA_256).ToArray())
        $mac = [Convert]::ToBase64String((New-KmsMac 'x' -KeyId $hmac.KeyId -MacAlgorithm HMAC_SHA_256).Mac.ToArray())
    }

    It 'are recognised: -<Parameter> of <What>' -ForEach @(
        @{ What = 'Invoke-KmsDecrypt'; Parameter = 'CiphertextBlob'; Call = { Invoke-KmsDecrypt -CiphertextBlob $sealed } }
        @{ What = 'Invoke-KmsReEncrypt'; Parameter = 'CiphertextBlob'; Call = { Invoke-KmsReEncrypt -CiphertextBlob $sealed -DestinationKeyId $key.KeyId } }
        @{ What = 'Test-KmsSignature'; Parameter = 'Signature'; Call = { Test-KmsSignature 'x' -KeyId $signing.KeyId -SigningAlgorithm ECDSA_SHA_256 -Signature $signature } }
        @{ What = 'Test-KmsMac'; Parameter = 'Mac'; Call = { Test-KmsMac 'x' -KeyId $hmac.KeyId -MacAlgorithm HMAC_SHA_256 -Mac $mac } }
    ) {
        (Get-ErrorOf $Call).ErrorDetails.RecommendedAction | Should -BeExactly "-$Parameter is text in Base64: decode it with [Convert]::FromBase64String(...) first."
    }

    It 'are not suspected in other text' {
        (Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob 'this is no Base64, and long enough' }).ErrorDetails.RecommendedAction |
            Should -BeExactly 'The ciphertext is damaged or foreign, or the encryption context is not the one it was made with: give that one with -EncryptionContext.'
    }
}

Describe 'The Region' {
    AfterEach {
        $env:AWS_REGION = $env:AWS_DEFAULT_REGION = ''
        Remove-Variable StoredAWSRegion -Scope Global -ErrorAction Ignore
    }

    It 'is that of <From>' -ForEach @(
        @{ From = 'the store'; Set = { }; Region = 'us-east-1' }
        @{ From = 'AWS_DEFAULT_REGION'; Set = { $env:AWS_DEFAULT_REGION = 'sa-east-1' }; Region = 'sa-east-1' }
        @{ From = 'AWS_REGION'; Set = { $env:AWS_DEFAULT_REGION = 'sa-east-1'; $env:AWS_REGION = 'eu-west-3' }; Region = 'eu-west-3' }
        @{ From = '$StoredAWSRegion'; Set = { $env:AWS_REGION = 'eu-west-3'; $global:StoredAWSRegion = 'eu-west-2' }; Region = 'eu-west-2' }
    ) {
        & $Set
        $connection = Get-KmsConnection
        $connection.Region, $connection.RegionSource | Should -BeExactly $Region, $From
        (New-KMSKey).Arn | Should -BeLike "arn:aws:kms:${Region}:*"
        (New-KMSKey -Region ap-south-1).Arn | Should -BeLike 'arn:aws:kms:ap-south-1:*'
        $connection | Format-List | Out-String | Should -Match "Region +: $Region\s+RegionSource +: $([regex]::Escape($From))\s"
    }

    It 'may be an object of AWS.Tools, or empty' {
        $global:StoredAWSRegion = [pscustomobject] @{ SystemName = 'eu-north-1' }
        $elsewhere = New-KMSKey
        $elsewhere.Arn | Should -BeLike 'arn:aws:kms:eu-north-1:*'
        New-KMSAlias -AliasName alias/north -TargetKeyId $elsewhere.KeyId
        Get-KmsEvent alias/north -EventName CreateKey | Should -HaveCount 1
        $global:StoredAWSRegion = ''
        (Get-KmsConnection).RegionSource | Should -BeExactly 'the store'
    }

    It 'that is no name is refused, with where it comes from' {
        $env:AWS_REGION = 'US EAST'
        $refusal = Get-ErrorOf { New-KMSKey }
        Get-ErrorCode $refusal | Should -BeExactly 'InvalidArgument'
        "$refusal" | Should -BeExactly "'US EAST' is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1. It comes from AWS_REGION."
    }

    It 'that Connect-Kms was given stands before the environment' {
        $shell = [powershell]::Create()
        $env:AWS_REGION = 'eu-west-3'
        $said = $shell.AddScript("
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            `$given = Connect-Kms -Temporary -Region eu-central-1
            (New-KMSKey).Arn.Split(':')[3], `$given.Region, `$given.RegionSource -join ' '
            `$StoredAWSRegion = 'eu-west-2'
            (New-KMSKey).Arn.Split(':')[3], `$given.Region, `$given.RegionSource -join ' '
            Disconnect-Kms").Invoke()
        $shell.Dispose()
        $said | Should -BeExactly 'eu-central-1 eu-central-1 Connect-Kms -Region', 'eu-west-2 eu-west-2 $StoredAWSRegion'
    }

    It 'is the one that names are completed in' {
        $global:StoredAWSRegion = 'ap-east-1'
        $elsewhere = New-KMSKey
        New-KMSAlias -AliasName alias/elsewhere -TargetKeyId $elsewhere.KeyId
        (TabExpansion2 'Get-KmsKey alias/' 17).CompletionMatches.CompletionText | Should -Be 'alias/elsewhere'
    }

    It 'does not limit which keys open a file, unless it is given' {
        Set-Content "$TestDrive/plain.txt" 'secret'
        $null = Protect-KmsFile "$TestDrive/plain.txt" -KeyId alias/orders
        $env:AWS_REGION = 'eu-west-3'
        (Unprotect-KmsFile "$TestDrive/plain.txt.encrypted" -Destination "$TestDrive/opened.txt").Destination | Should -Exist
        Get-ErrorOf { Unprotect-KmsFile "$TestDrive/plain.txt.encrypted" -Destination "$TestDrive/not.txt" -Region eu-west-3 } | Should -Not -BeNullOrEmpty
    }
}

Describe 'The AWS SDK for .NET beside this module' {
    BeforeDiscovery {
        $sdk = (Get-Item "$PSScriptRoot/../KmsTools.Endpoint.Tests/bin/Release/net10.0/AWSSDK.KeyManagementService.dll" -ErrorAction Ignore).FullName
    }

    It 'gives typed catches its own types, loaded before or after' -Skip:(-not $sdk) -ForEach @(@{ Sdk = $sdk }) {
        $before = "Add-Type -Path '$(Split-Path $Sdk)/AWSSDK.Core.dll'; Add-Type -Path '$Sdk'"
        $import = "Import-Module '$env:KMSTOOLS_TEST_MODULE'; `$null = Connect-Kms -Temporary"
        $try = "try { Get-KMSKey alias/none } catch [Amazon.KeyManagementService.Model.NotFoundException] {
            `$e = `$_.Exception.InnerException
            '{0} {1} {2} {3}' -f `$e.GetType().Assembly.GetName().Name, `$e.ErrorCode, `$e.StatusCode, `$e.RequestId.Length }
            [Amazon.Runtime.AmazonServiceException].Assembly.GetName().Name"
        $expected = 'AWSSDK.KeyManagementService NotFoundException BadRequest 36', 'AWSSDK.Core'
        Invoke-NewPowerShell "$before; $import; $try" 2>&1 | Should -BeExactly $expected
        Invoke-NewPowerShell "$import; $before; $try" 2>&1 | Should -BeExactly $expected
    }
}
