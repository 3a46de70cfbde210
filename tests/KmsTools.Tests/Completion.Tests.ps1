# Completion, found by walking all parameters, and from live values as a user presses Tab.
BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/Support.ps1"
    $common = @([System.Management.Automation.PSCmdlet]::CommonParameters) + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
    $cmdlets = Get-Command -Module KmsTools -CommandType Cmdlet
    $null = Connect-Kms -Temporary -SimulatedClock
    $key = New-KmsKey -Description 'orders of the shop'
    $signer = New-KmsKey -KeySpec ECC_NIST_P384 -KeyUsage SIGN_VERIFY
    New-KmsAlias -AliasName alias/orders -TargetKeyId $key.KeyId
    Add-KmsResourceTag $key.KeyId -Tag @{ TagKey = 'cost centre'; TagValue = '4711' }
    $grant = New-KmsGrant -KeyId $key.KeyId -GranteePrincipal arn:aws:iam::111122223333:role/deploy -Operation Decrypt
    $accessKey = New-KmsAccessKey alice
    $null = New-KmsPrincipal -GroupName robots
    $null = New-KmsPrincipal -RoleName builder -TrustPolicy '{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}'
    Set-Content "$TestDrive/credentials" '[deploy]'
    $null = New-KmsPrincipal robot -Path /ops/ -Policy @{ sign = '{"Statement":[]}' }
    $null = New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion

    $service = (Set-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 xks.example.com).ServiceName
    $store = New-KmsCustomKeyStore outside -CustomKeyStoreType EXTERNAL_KEY_STORE -XksProxyConnectivity VPC_ENDPOINT_SERVICE -XksProxyVpcEndpointServiceName $service `
        -XksProxyUriEndpoint https://xks.example.com -XksProxyUriPath /kms/xks/v1 -XksProxyAuthenticationCredential_AccessKeyId ('A' * 20) `
        -XksProxyAuthenticationCredential_RawSecretAccessKey ('a' * 43)

    function Get-Completion([string] $Line) { ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches }

    function Get-Completer($Parameter) {
        $Parameter.Attributes | Where-Object { $_ -is [System.Management.Automation.ArgumentCompleterAttribute] }
    }
}

AfterAll {
    Disconnect-Kms
}

Describe 'Parameters' {
    # PowerShell offers files where there is no completer.
    It 'complete what they name, if only with nothing' {
        $missing = foreach ($cmdlet in $cmdlets) {
            foreach ($parameter in $cmdlet.Parameters.Values | Where-Object Name -NotIn $common) {
                if ($parameter.ParameterType -in [string], [string[]] -and -not (Get-Completer $parameter) -and
                    $parameter.Name -match '(Id|Name|Region|Arn|Principal|Label|Algorithm|Spec|Origin|Usage|Model|Type|Quota|Event|TagKey|Modifier|Select|Operation)$') {
                    "$($cmdlet.Name) -$($parameter.Name)"
                }
            }
        }
        $missing | Should -BeNullOrEmpty
    }

    It 'with the same name are completed in the same way' {
        $differ = $cmdlets.Parameters.Values | Where-Object { Get-Completer $_ } | Group-Object Name | Where-Object {
            @($_.Group | ForEach-Object { (Get-Completer $_).Type.FullName } | Sort-Object -Unique).Count -gt 1
        }

        # The specs of data keys and of keys are different enumerations; alarms and quotas have names; keys have one policy, principals many;
        # grants permit some of the operations only; a new proxy has a host of its own.
        $differ.Name | Where-Object { $_ -notin 'HostName', 'KeySpec', 'Name', 'Operation', 'PolicyName' } | Should -BeNullOrEmpty
    }
}

Describe 'Completion' {
    It 'offers <What>' -ForEach @(
        @{ What = 'aliases, with the key as tooltip'; Line = 'Get-KmsKey ali'; Text = 'alias/orders'; ToolTip = '*Enabled*SYMMETRIC_DEFAULT*orders of the shop' }
        @{ What = 'the key of an alias where an alias is not taken'; Line = 'Disable-KmsKey alias/or'; Text = { $key.KeyId }; ToolTip = '*orders of the shop' }
        @{ What = 'grants of the key beside'; Line = { "Revoke-KmsGrant -KeyId $($key.KeyId) -GrantId " }; Text = { $grant.GrantId }; ToolTip = 'Decrypt' }
        @{ What = 'key material of the key beside'; Line = { "Remove-KmsImportedKeyMaterial $($key.KeyId) -KeyMaterialId " }; Text = { $key.CurrentKeyMaterialId }; ToolTip = 'CURRENT*' }
        @{ What = 'tags, in quotes where they need them'; Line = { "Remove-KmsResourceTag $($key.KeyId) -TagKey cost" }; Text = "'cost centre'"; ToolTip = "cost centre = '4711'" }
        @{ What = 'access keys'; Line = 'Remove-KmsAccessKey '; Text = { $accessKey.AccessKeyId }; ToolTip = '*:user/alice' }
        @{ What = 'principals'; Line = { "New-KmsGrant -KeyId $($key.KeyId) -GranteePrincipal arn:aws:iam::111122223333:role/d" }; Text = 'arn:aws:iam::111122223333:role/deploy'; ToolTip = 'In a grant of the key' }
        @{ What = 'users and roles as principals'; Line = { "New-KmsGrant -KeyId $($key.KeyId) -GranteePrincipal arn:aws:iam::111122223333:user/op" }; Text = 'arn:aws:iam::111122223333:user/ops/robot'; ToolTip = 'A user of the store' }
        @{ What = 'users'; Line = 'Get-KmsPrincipal ro'; Text = 'robot'; ToolTip = 'arn:aws:iam::111122223333:user/ops/robot' }
        @{ What = 'users who get an access key'; Line = 'New-KmsAccessKey ro'; Text = 'robot'; ToolTip = 'arn:aws:iam::111122223333:user/ops/robot' }
        @{ What = 'groups'; Line = 'New-KmsPrincipal x -Group '; Text = 'robots'; ToolTip = 'arn:aws:iam::111122223333:group/robots' }
        @{ What = 'policies of a user'; Line = 'Remove-KmsPrincipalPolicy robot -PolicyName '; Text = 'sign'; ToolTip = 'A policy of *:user/ops/robot' }
        @{ What = 'roles to assume'; Line = 'Use-KmsRole bu'; Text = 'builder'; ToolTip = 'arn:aws:iam::111122223333:role/builder' }
        @{ What = 'roles to assume by their ARNs'; Line = 'Use-KmsRole -RoleArn arn'; Text = 'arn:aws:iam::111122223333:role/builder'; ToolTip = 'The role builder' }
        @{ What = 'profiles'; Line = { "Set-KmsCaller -ProfileLocation $TestDrive/credentials -ProfileName de" }; Text = 'deploy'; ToolTip = 'The profile deploy' }
        @{ What = 'alarms'; Line = 'Remove-KmsAlarm st'; Text = "'still in use'"; ToolTip = 'KeyUsedWhilePendingDeletion: *' }
        @{ What = 'custom key stores, which people know by their names'; Line = 'Connect-KmsCustomKeyStore out'; Text = { $store }; ToolTip = { "$store  DISCONNECTED" } }
        @{ What = 'custom key stores by their IDs'; Line = 'New-KmsKey -CustomKeyStoreId cks-'; Text = { $store }; ToolTip = { "$store  DISCONNECTED" } }
        @{ What = 'quotas'; Line = 'Set-KmsQuota Grants'; Text = 'GrantsPerKey'; ToolTip = '50000 *' }
        @{ What = 'events of operations'; Line = 'Get-KmsEvent -EventName Describe'; Text = 'DescribeCustomKeyStores'; ToolTip = '*' }
        @{ What = 'events of KMS itself'; Line = 'Get-KmsEvent -EventName SynchronizeM'; Text = 'SynchronizeMultiRegionKey'; ToolTip = 'An action of KMS itself' }
        @{ What = 'events of administrative acts'; Line = 'Get-KmsEvent -EventName StepC'; Text = 'StepClock'; ToolTip = 'An administrative act' }
        @{ What = 'Regions'; Line = 'Get-KmsKeyList -Region eu-w'; Text = 'eu-west-1'; ToolTip = 'Ireland' }
        @{ What = 'policy names'; Line = 'Get-KmsKeyPolicy x -PolicyName '; Text = 'default'; ToolTip = '*' }
        @{ What = 'members of the response'; Line = 'Get-KmsKeyList -Select Ke'; Text = 'Keys'; ToolTip = 'A member of the response' }
        @{ What = 'the own parameters for -Select'; Line = 'Disable-KmsKey -Select ^K'; Text = '^KeyId'; ToolTip = 'The value of -KeyId' }
    ) {
        $line = $Line -is [scriptblock] ? (& $Line) : $Line
        $text = $Text -is [scriptblock] ? (& $Text) : $Text
        $match = Get-Completion $line | Select-Object -First 1
        $match.CompletionText | Should -BeExactly $text
        $match.ToolTip | Should -BeLike ($ToolTip -is [scriptblock] ? (& $ToolTip) : $ToolTip)
    }

    It 'offers the algorithms of the key beside only' {
        (Get-Completion "Invoke-KmsSigning -KeyId $($signer.KeyId) -Message x -SigningAlgorithm ").CompletionText | Should -BeExactly 'ECDSA_SHA_384'
    }

    It 'finds aliases without their prefix' {
        (Get-Completion 'Get-KmsKey orde').CompletionText | Should -BeExactly 'alias/orders'
    }

    It 'offers what a key spec can be for' {
        (Get-Completion 'New-KmsKey -KeySpec RSA_2048 -KeyUsage ').CompletionText | Should -BeExactly 'ENCRYPT_DECRYPT', 'SIGN_VERIFY'
        (Get-Completion 'New-KmsKey -KeySpec hmac_256 -KeyUsage ').CompletionText | Should -BeExactly 'GENERATE_VERIFY_MAC'
        (Get-Completion 'New-KmsKey -KeyUsage ').CompletionText | Should -BeExactly 'ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'
    }

    It 'offers keys in the fitting state first' {
        $off = New-KmsKey
        Disable-KmsKey $off
        $leaving = New-KmsKey
        $null = Register-KmsKeyDeletion $leaving
        (Get-Completion 'Enable-KmsKey ')[0].CompletionText | Should -Be $off.KeyId
        (Get-Completion 'Stop-KmsKeyDeletion ')[0].CompletionText | Should -Be $leaving.KeyId
        (Get-Completion 'Disable-KmsKey ')[0].CompletionText | Should -BeIn $key.KeyId, $signer.KeyId
        @(Get-Completion 'Enable-KmsKey ').Count | Should -Be 4
    }

    It 'offers durations, days and times where they are asked for, and no files' {
        (Get-Completion 'Step-KmsClock ').CompletionText | Should -BeExactly '1h', '12h', '1d', '7d', '30d', '365d'
        (Get-Completion 'Get-KmsSchedule -Within 3').CompletionText | Should -BeExactly '30d', '365d'
        (Get-Completion 'Register-KmsKeyDeletion x -PendingWindowInDay ').CompletionText | Should -BeExactly '7', '14', '30'
        (Get-Completion 'Enable-KmsKeyRotation x -RotationPeriodInDay ').CompletionText | Should -BeExactly '90', '180', '365', '730', '1095', '2560'
        $now = (Get-KmsClock).UtcNow
        (Get-Completion 'Get-KmsEvent -After ')[1].CompletionText | Should -BeExactly $now.AddDays(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")
        (Get-Completion 'Step-KmsClock -To ')[2].CompletionText | Should -BeExactly $now.AddDays(7).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'")
        Get-Completion 'Get-KmsEvent -After none' | Should -BeNullOrEmpty
    }

    It 'offers no files where <Line> asks for a name' -ForEach @(
        @{ Line = 'New-KmsAlias x alias/new' }
        @{ Line = 'New-KmsCustomKeyStore ' }
        @{ Line = 'New-KmsCustomKeyStore ro' }
        @{ Line = 'Update-KmsCustomKeyStore x -NewCustomKeyStoreName ' }
        @{ Line = 'New-KmsAlarm ' }
        @{ Line = 'New-KmsGrant -Name ' }
        @{ Line = 'Connect-Kms -AccountId ' }
        @{ Line = 'Register-KmsHsmCluster -ClusterId ' }
        @{ Line = 'Register-KmsHsmCluster -TokenLabel ' }
        @{ Line = 'Register-KmsHsmCluster -Library /nowhere/library.so -TokenLabel ' }
        @{ Line = 'Initialize-KmsHsm -Lab -TokenLabel ' }
        @{ Line = 'Add-KmsHsm cluster-x -TokenLabel ' }
        @{ Line = 'Restore-KmsHsmCluster x -TokenLabel ' }
        @{ Line = 'Start-KmsEndpoint -CorsOrigin ' }
        @{ Line = 'Start-KmsEndpoint -Metrics ' }
        @{ Line = 'Use-KmsRole builder -SessionName ' }
        @{ Line = 'Set-KmsXksProxyAddress x -Address ' }
        @{ Line = 'Set-KmsVpcEndpointService x -PrivateDnsName ' }
    ) {
        Push-Location $TestDrive
        $before = $env:SOFTHSM2_CONF
        try {
            Set-Content robots.txt, alias, new ''
            $env:SOFTHSM2_CONF = "$TestDrive/none.conf"
            Get-Completion $Line | Should -BeNullOrEmpty
        }
        finally {
            $env:SOFTHSM2_CONF = $before
            Pop-Location
        }
    }

    It 'offers kinds of syslog as places for events, and files' {
        Push-Location $TestDrive
        try {
            Set-Content syslog.jsonl ''
            (Get-Completion 'Start-KmsEndpoint -EventSink sys').CompletionText |
                Should -BeExactly 'syslog:', 'syslog+unix:/', 'syslog+tcp://', 'syslog+tls://', (Join-Path . syslog.jsonl)
        }
        finally {
            Pop-Location
        }
    }

    It 'offers the beginning of a new alias' {
        (Get-Completion 'New-KmsAlias x ').CompletionText | Should -BeExactly 'alias/'
    }

    It 'offers all algorithms where the key is not known' {
        (Get-Completion 'Invoke-KmsSigning -KeyId alias/none -Message x -SigningAlgorithm RSASSA_PSS').CompletionText | Should -Be 'RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512'
    }

    It 'records nothing' {
        $before = @(Get-KmsEvent).Count
        $null = Get-Completion 'Get-KmsKey ali'
        @(Get-KmsEvent).Count | Should -Be $before
    }
}

Describe 'Every completer' {
    It 'answers without an error and makes no store where there is none' {
        $folder = Join-Path ([IO.Path]::GetTempPath()) "kmstools-none-$([guid]::NewGuid().ToString('N'))"
        $answer = Invoke-NewPowerShell "
            `$env:KMSTOOLS_STORE = '$folder'
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            foreach (`$cmdlet in Get-Command -Module KmsTools -CommandType Cmdlet) {
                foreach (`$parameter in `$cmdlet.Parameters.Values) {
                    foreach (`$attribute in `$parameter.Attributes | Where-Object { `$_ -is [System.Management.Automation.ArgumentCompleterAttribute] }) {
                        `$completer = [Activator]::CreateInstance(`$attribute.Type)
                        foreach (`$bound in @{}, @{ KeyId = 'alias/none'; ClusterId = 'none'; Region = 7 }) {
                            `$null = @(`$completer.CompleteArgument(`$cmdlet.Name, `$parameter.Name, '[', `$null, `$bound))
                            `$null = @(`$completer.CompleteArgument(`$cmdlet.Name, `$parameter.Name, '', `$null, `$bound))
                        }
                    }
                }
            }
            Test-Path '$folder'" 2>&1
        $answer | Should -Be 'False'
    }

    It 'answers without an error in a store that was closed' {
        $closed = Connect-Kms -Temporary
        Disconnect-Kms
        $closed.IsOpen | Should -BeFalse
        $null = Get-Completion 'Get-KmsKey ali'
        $null = Connect-Kms -Temporary
    }
}
