BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $samples = (Resolve-Path "$PSScriptRoot/../../Estates").Path
    $shop = "$samples/shop.yaml"

    function New-Estate([string] $Text) {
        $file = Join-Path $TestDrive "estate-$([guid]::NewGuid().ToString('N')).yaml"
        Set-Content $file $Text
        $file
    }
}

AfterAll { Disconnect-Kms }

Describe 'Import-KmsEstate' {
    BeforeEach { $null = Connect-Kms -Temporary -SimulatedClock }

    It 'writes a table that has room for what it names' {
        $results = Import-KmsEstate (New-Estate @'
version: 1
keys:
  - aliases: [alias/orders]
    rotation: { periodInDays: 180 }
principals:
  - user: alice
authorization:
  directUseOfAwsManagedKeys: true
'@)
        $tables = foreach ($width in 80, 160) {
            ($results | Format-Table | Out-String -Width $width -Stream | ForEach-Object { $_ -replace "`e\[\d*m" } | Where-Object Length).TrimEnd()
        }
        $tables | Should -BeExactly @(
            'Kind          Action    Name                 Description'
            '----          ------    ----                 -----------'
            'Key           Created   alias/orders         Create the key (SYMMETRIC_DEFAULT, '
            '                                             alias/orders)'
            'Rotation      Updated   alias/orders         Rotate every 180 days'
            'Principal     Created   alice                Create the user'
            'Authorization Updated   authorization        Change the authorization: direct us'
            '                                             e of AWS managed keys'
            'Kind          Action    Name                 Description'
            '----          ------    ----                 -----------'
            'Key           Created   alias/orders         Create the key (SYMMETRIC_DEFAULT, alias/orders)'
            'Rotation      Updated   alias/orders         Rotate every 180 days'
            'Principal     Created   alice                Create the user'
            'Authorization Updated   authorization        Change the authorization: direct use of AWS managed keys').TrimEnd()
    }

    It 'brings a store to what the file describes' {
        $results = Import-KmsEstate $shop
        Get-PropertyName $results[0] | Should -Be 'Action', 'Arn', 'CustomKeyStoreId', 'Description', 'KeyId', 'Kind', 'Name', 'Region'
        $results.ForEach({ "$($_.Kind) $($_.Action) $($_.Name)" }) | Should -Be @(
            'Key Created alias/orders', 'Alias Created alias/shop/orders', 'Rotation Updated alias/orders', 'Grant Created reports'
            'Replica Created alias/orders', 'Alias Created alias/orders', 'Key Created alias/receipts', 'Key Created alias/session-cookies'
            'Key Created alias/payments', 'Key Updated alias/payments', 'Key Created alias/old-shop', 'Key Updated alias/old-shop')
        $results[0].Arn | Should -Be 'arn:aws:kms:us-east-1:111122223333:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0'
        $results[4].Arn | Should -Be 'arn:aws:kms:eu-west-1:111122223333:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0'

        $orders = Get-KmsKey alias/shop/orders
        $orders.Description | Should -Be 'Order data'
        $orders.MultiRegionConfiguration.ReplicaKeys.Region | Should -Be 'eu-west-1'
        (Get-KmsKeyRotationStatus $orders.KeyId -Select '*').RotationPeriodInDays | Should -Be 180
        (Get-KmsResourceTag $orders.KeyId).ForEach({ "$($_.TagKey)=$($_.TagValue)" }) | Should -Be 'CostCentre=4711', 'Team=shop'
        (Get-KmsResourceTag (Get-KmsKey alias/receipts).KeyId).ForEach({ "$($_.TagKey)=$($_.TagValue)" }) | Should -Be 'CostCentre=4711', 'Team=finance'
        (Get-KmsKeyPolicy $orders.KeyId | ConvertFrom-Json).Statement[1].Principal.AWS | Should -Be 'arn:aws:iam::111122223333:role/shop'
        $grant = Get-KmsGrantList $orders.KeyId
        $grant.Operations | Should -Be 'Decrypt', 'DescribeKey'
        $grant.Constraints.EncryptionContextSubset.purpose | Should -Be 'report'
        (Get-KmsKey alias/orders -Region eu-west-1).Description | Should -Be 'Order data, Ireland'
        (Get-KmsKey alias/payments).KeyState | Should -Be 'Enabled'
        (Get-KmsKey alias/old-shop).KeyState | Should -Be 'Disabled'
    }

    It 'gives the same keys every time: MACs and public keys that are known from elsewhere' {
        $null = Import-KmsEstate $shop

        # RFC 6979, A.2.5.
        $public = [Convert]::ToHexString((Get-KmsPublicKey alias/receipts).PublicKey.ToArray())
        $public | Should -BeLike '*0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299'
        $key = [byte[]] (, 0x0b * 32)
        $expected = [Convert]::ToHexString([Security.Cryptography.HMACSHA256]::HashData($key, [Text.Encoding]::UTF8.GetBytes('Hi There')))
        [Convert]::ToHexString((New-KmsMac -KeyId alias/session-cookies -MacAlgorithm HMAC_SHA_256 -Message 'Hi There').Mac.ToArray()) | Should -Be $expected
    }

    It 'creates an external key store, takes over another secret, and names the line of what is wrong' {
        $file = New-Estate @'
vpcEndpointServices:
  - { name: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0, privateDnsName: xks.example.com }
keyStores:
  - name: inside
    connected: false
    proxy:
      connectivity: VPC_ENDPOINT_SERVICE
      uriEndpoint: https://xks.example.com
      uriPath: /lab/kms/xks/v1
      vpcEndpointServiceName: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
      accessKeyId: ABCDEFGHIJKLMNOPQRST
      secretFrom: { file: ./xks-secret }
'@
        "$(Get-ErrorOf { Import-KmsEstate $file })" | Should -BeLike "$file(12,27): The secret access key file */xks-secret does not exist."
        New-Item (Join-Path $TestDrive xks-secret) -Value 'short' | Out-Null
        if (-not $IsWindows) { [IO.File]::SetUnixFileMode((Join-Path $TestDrive xks-secret), 'UserRead, UserWrite') }
        "$(Get-ErrorOf { Import-KmsEstate $file })" | Should -BeLike "$file(12,27): This is not the secret access key of a proxy, which has 43 to 64 characters*"
        Set-Content (Join-Path $TestDrive xks-secret) ('secret/' * 7)
        Import-KmsEstate $file -WhatIf
        @(Get-KmsCustomKeyStore).Count | Should -Be 0
        (Import-KmsEstate $file).ForEach({ "$($_.Action) $($_.Description)" }) | Should -Be 'Created Register the VPC endpoint service',
            'Created Create the external key store at https://xks.example.com/lab/kms/xks/v1'
        (Get-KmsCustomKeyStore).CustomKeyStoreType | Should -Be 'EXTERNAL_KEY_STORE'
        (Import-KmsEstate $file).Action | Should -Be 'Unchanged', 'Unchanged'
        Set-Content (Join-Path $TestDrive xks-secret) ('other//' * 7)
        (Import-KmsEstate $file)[1].Description | Should -Be 'Change its proxy (secretFrom)'
        (Import-KmsEstate $file)[1].Action | Should -Be 'Unchanged'
        Set-Content $file (Get-Content -Raw $file).Replace('connectivity: VPC_ENDPOINT_SERVICE', 'connectivity: PUBLIC')
        "$(Get-ErrorOf { Import-KmsEstate $file })" | Should -BeLike "$file(7,21): 'connectivity' cannot be 'PUBLIC'. Valid values are: PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE."
    }

    It 'changes and records nothing when it runs again' {
        $null = Import-KmsEstate $shop
        $before = @(Get-KmsEvent).Count
        $second = Import-KmsEstate $shop -Verbose 4>&1
        $second | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | Should -BeLike 'Nothing to do*'
        ($second | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }).Action | Sort-Object -Unique | Should -Be 'Unchanged'
        @(Get-KmsEvent).Count | Should -Be $before
    }

    It 'tells every change with -WhatIf and makes none' {
        $lines = (Get-WhatIf { Import-KmsEstate $shop -WhatIf }) -split "`n"
        $lines.Count | Should -Be 12
        $lines[0] | Should -Be 'What if: key alias/orders: Create the key (SYMMETRIC_DEFAULT, alias/orders)'
        $lines[2] | Should -Be 'What if: key alias/orders: Rotate every 180 days'
        @(Get-KmsKeyList).Count | Should -Be 0
    }

    It 'asks before each change with -Confirm' {
        Get-Question "`$null = Connect-Kms -Temporary -SimulatedClock; Import-KmsEstate '$shop' -Confirm" |
            Should -BeExactly 'Import-KmsEstate prompts for confirmation, and there is no user to answer: key alias/orders: Create the key (SYMMETRIC_DEFAULT, alias/orders).'
        @(Get-KmsKeyList).Count | Should -Be 0
    }

    It 'updates what differs and leaves what is not named' {
        $id = (New-KmsKey -Description old -Tag @{ TagKey = 'Mine'; TagValue = '1' }).KeyId
        New-KmsAlias -AliasName alias/a -TargetKeyId $id
        $other = (New-KmsKey).KeyId
        $results = Import-KmsEstate (New-Estate "keys:`n  - aliases: [alias/a]`n    description: new`n    tags: { Team: shop }")
        $results.ForEach({ "$($_.Kind) $($_.Action) $($_.Name) $($_.KeyId)" }) | Should -Be "Key Updated alias/a $id", "Tag Created Team $id"
        (Get-KmsKey $id).Description | Should -Be 'new'
        (Get-KmsResourceTag $id).TagKey | Should -Be 'Mine', 'Team'
        (Get-KmsKey $other).KeyState | Should -Be 'Enabled'
        (Get-KmsEvent -EventName UpdateKeyDescription).Count | Should -Be 1
    }

    It 'names the line and column of everything that is wrong, and changes nothing' {
        Push-Location $TestDrive
        try {
            Set-Content estate.yaml "keys:`n  - aliases: [alias/good]`n  - aliases: [wrong]`n    spec: RSA_2408"
            $refusal = Get-ErrorOf { Import-KmsEstate estate.yaml }
            "$refusal" | Should -BeExactly "estate.yaml(4,11): 'spec' cannot be 'RSA_2408'. Did you mean RSA_2048?"
            $refusal.FullyQualifiedErrorId | Should -Be 'InvalidEstate,KmsTools.Commands.ImportKmsEstateCommand'
            $refusal.CategoryInfo.Category | Should -Be 'InvalidData'
            Set-Content estate.yaml "keys:`n  - aliases: [alias/good]`n  - aliases: [wrong]`n    rotation: { periodInDays: 89 }"
            $lines = "$(Get-ErrorOf { Import-KmsEstate estate.yaml })" -split '\r?\n'
            $lines.Count | Should -Be 2
            $lines[0] | Should -BeLike 'estate.yaml(3,15): ValidationException: Alias must start with the prefix "alias/".*'
            $lines[1] | Should -BeLike "estate.yaml(4,31): ValidationException: 1 validation error detected: Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90"
            @(Get-KmsKeyList).Count | Should -Be 0
        }
        finally {
            Pop-Location
        }
    }

    It 'shows the error of AWS at the member that caused it, and goes on when the cause is gone' {
        Set-KmsQuota AliasesPerKey 1
        $file = New-Estate "keys:`n  - aliases:`n      - alias/a`n      - alias/b`n    description: x"
        $refusal = Get-ErrorOf { Import-KmsEstate $file }
        "$refusal" | Should -BeLike "$file(4,9): LimitExceededException: arn:aws:kms:*has 1 alias, the most that are allowed."
        $refusal.FullyQualifiedErrorId | Should -Be 'LimitExceededException,KmsTools.Commands.ImportKmsEstateCommand'
        $refusal.CategoryInfo.Category | Should -Be 'LimitsExceeded'
        Reset-KmsQuota AliasesPerKey
        (Import-KmsEstate $file).Name | Should -Be 'alias/b'
        @(Get-KmsKeyList).Count | Should -Be 1
    }

    It 'refuses material, fixed IDs and PINs in clear outside of test stores' {
        $null = Connect-Kms (Join-Path $TestDrive real)
        $text = @'
clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], pin: pin-in-clear }]
keys:
  - id: 11111111-2222-3333-4444-555555555555
    material: { hex: 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f }
'@
        $refusal = "$(Get-ErrorOf { Import-KmsEstate (New-Estate $text) })"
        $refusal | Should -Match '\(1,70\): A PIN in plaintext is accepted in temporary stores only'
        $refusal | Should -Match '\(3,9\): The store has no key 11111111-2222-3333-4444-555555555555, and a new key gets a given ID only in a store with a simulated clock'
        $refusal | Should -Match '\(4,22\): Key material can be given only to keys in a store with a simulated clock'
        $refusal | Should -Not -Match 'pin-in-clear|0001020304'
        Disconnect-Kms
    }

    It 'makes alarms without actions, and changes what they watch' {
        $text = @'
keys:
  - aliases: [alias/partner]
    origin: EXTERNAL
alarms:
  - name: partner key expires
    event: KeyMaterialExpiring
    key: alias/partner
    threshold: 14
  - name: deleted key in use
    event: KeyUsedWhilePendingDeletion
'@
        $file = New-Estate $text
        Import-KmsEstate $file -WhatIf
        Get-KmsAlarm | Should -BeNullOrEmpty
        (Import-KmsEstate $file).ForEach({ "$($_.Kind) $($_.Action) $($_.Name)" }) |
            Should -Be 'Key Created alias/partner', 'Alarm Created partner key expires', 'Alarm Created deleted key in use'
        $alarms = Get-KmsAlarm
        $alarms.ForEach({ "$($_.Name) $($_.Event) $($_.Threshold) $($_.State) $($_.Action)" }) | Should -Be @(
            'deleted key in use KeyUsedWhilePendingDeletion 1 OK ', 'partner key expires KeyMaterialExpiring 14 OK ')
        $alarms[1].KeyId | Should -Be (Get-KmsKey alias/partner).Arn
        $before = @(Get-KmsEvent).Count
        (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
        @(Get-KmsEvent).Count | Should -Be $before

        $changed = Import-KmsEstate (New-Estate ($text.Replace('threshold: 14', 'threshold: 7'))) | Where-Object Action -NE Unchanged
        "$($changed.Kind) $($changed.Action) $($changed.Name): $($changed.Description)" |
            Should -Be 'Alarm Updated partner key expires: Have the alarm watch KeyMaterialExpiring of alias/partner (threshold: 7)'
        (Get-KmsAlarm 'partner*').Threshold | Should -Be 7
    }

    It 'keeps the action of an alarm that it changes, and takes none from a file' {
        $null = New-KmsAlarm mine -Event KeyStoreFailed -Action { 'mine' }
        $null = Import-KmsEstate (New-Estate "alarms:`n  - name: mine`n    event: OrphanedKeyMaterial")
        $alarm = Get-KmsAlarm
        "$($alarm.Event) $($alarm.Action.Trim())" | Should -Be "OrphanedKeyMaterial 'mine'"
        $file = New-Estate "alarms:`n  - name: mine`n    event: KeyStoreFailed`n    action: Stop-Computer"
        $refusal = Get-ErrorOf { Import-KmsEstate $file }
        "$refusal" | Should -BeExactly "${file}(4,5): An alarm has no member 'action'. An action is code, and a file may come from another person."
        $refusal.ErrorDetails.RecommendedAction |
            Should -BeExactly 'New-KmsAlarm -Action makes an alarm with an action. Correct the lines that the message names, then run the import again.'
        (Get-KmsAlarm).Event | Should -Be 'OrphanedKeyMaterial'
    }

    It 'says of an alarm what New-KmsAlarm says, with its line and column' {
        $null = New-KmsAlias -AliasName alias/a -TargetKeyId (New-KmsKey).KeyId
        $id = (Get-KmsKey alias/a).Arn
        $file = New-Estate @'
alarms:
  - { name: a, event: KeyMaterialExpiring, key: alias/a }
  - { name: b, event: KeyStoreFailed, key: alias/a }
  - { name: c, event: KeyMaterialExpiring, threshold: 366 }
  - { name: d, event: KeyUsedWhilePendingDeletion, key: alias/none }
'@
        "$(Get-ErrorOf { Import-KmsEstate $file })" -split '\r?\n' | Should -Be @(
            "${file}(2,49): $id has no imported key material that could expire: its origin is AWS_KMS."
            "${file}(3,44): $id is not in a custom key store."
            "${file}(4,55): The threshold of KeyMaterialExpiring is 1 to 365."
            "${file}(5,57): NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.")
        Get-KmsAlarm | Should -BeNullOrEmpty
    }

    It 'refuses a file that is not there' {
        $refusal = Get-ErrorOf { Import-KmsEstate (Join-Path $TestDrive none.yaml) }
        $refusal.FullyQualifiedErrorId | Should -Be 'EstateNotFound,KmsTools.Commands.ImportKmsEstateCommand'
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly 'Check the path. Export-KmsEstate writes such a file.'
        (Get-ErrorOf { Import-KmsEstate (Join-Path $TestDrive *.yaml) }).ErrorDetails.RecommendedAction |
            Should -BeExactly 'Wildcards are not expanded here: name the file, or pipe it from Get-Item.'
    }

    It 'takes files from the pipeline' {
        (Get-Item $shop | Import-KmsEstate).Count | Should -Be 12
    }

    It 'can be stopped between two changes, and is finished by the next run' {
        $store = Join-Path $TestDrive stopped
        $keys = 1..400 | ForEach-Object { "  - aliases: [alias/stop-$_]`n    tags: { Number: $_ }`n    rotation: {}" }
        $file = New-Estate (@('keys:') + $keys -join "`n")
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:KMSTOOLS_TEST_MODULE'; `$null = Connect-Kms '$store'; Import-KmsEstate '$file'")
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
            $deadline = [datetime]::UtcNow.AddSeconds(60)
            while ($output.Count -lt 5 -and [datetime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 5 }
            $shell.Stop()
            $running.IsCompleted | Should -BeTrue
        }
        finally {
            $shell.Dispose()
        }

        $null = Connect-Kms $store
        $made = @(Get-KmsKeyList).Count
        $made | Should -BeGreaterThan 1
        $made | Should -BeLessThan 400
        @(Get-KmsAliasList | Where-Object TargetKeyId).Count | Should -Be $made
        (Import-KmsEstate $file).Where({ $_.Kind -eq 'Key' -and $_.Action -eq 'Created' }).Count | Should -Be (400 - $made)
        @(Get-KmsKeyList).Count | Should -Be 400
        (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
        Disconnect-Kms
    }

    Context 'in a PowerShell that nobody answers' {
        BeforeAll {
            $yaml = "$env:KMSTOOLS_TEST_MODULE/Dependencies/YamlDotNet.dll"
            $lab = New-LabFolder
            if ($LabLibrary) {
                $null = Connect-Kms -Temporary
                $null = Initialize-KmsHsm $LabLibrary estate-asking -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
            }

            $text = (Get-Content -Raw "$samples/lab.yaml").Replace('[estate-lab]', '[estate-asking]')
            $asking = New-Estate ($text.Replace('environment: KMSTOOLS_LAB_PIN', 'prompt: true'))
            $output = Invoke-NewPowerShell "
                Import-Module '$env:KMSTOOLS_TEST_MODULE'
                `$null = Connect-Kms -Temporary -SimulatedClock
                `$null = New-KmsKey
                [AppDomain]::CurrentDomain.GetAssemblies().Where({ `$_.GetName().Name -eq 'YamlDotNet' }).Count
                Add-Type -Path '$yaml'
                `$null = Import-KmsEstate '$shop'
                [AppDomain]::CurrentDomain.GetAssemblies().Where({ `$_.GetName().Name -eq 'YamlDotNet' }).ForEach({ [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name }) | Sort-Object
                `$null = Connect-Kms -Temporary
                try { `$null = Import-KmsEstate '$asking' } catch { `"`$_`" }"
        }

        AfterAll { Remove-LabFolder $lab }

        It 'loads no YAML before it is needed, and shares none with others' {
            $output[0..2] | Should -Be '0', 'Default', 'KmsTools.Dependencies'
        }

        It 'cannot ask for a PIN' -Skip:(-not (Test-Path /usr/lib/softhsm/libsofthsm2.so)) {
            $output.Count | Should -Be 4
            $output[3] | Should -BeLike '*The PIN of the crypto user of cluster-2estatelab22 cannot be asked for: this PowerShell is not interactive. Give a pinFrom with environment or file.'
        }
    }

    Context 'with an HSM' -Skip:(-not (Test-Path /usr/lib/softhsm/libsofthsm2.so)) {
        BeforeAll {
            $lab = New-LabFolder
            $null = Connect-Kms -Temporary
            $null = Initialize-KmsHsm $LabLibrary estate-lab -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
            $env:KMSTOOLS_LAB_PIN = 'kmsPswd1'
            $file = "$samples/lab.yaml"
        }

        AfterAll {
            Remove-Item env:KMSTOOLS_LAB_PIN -ErrorAction Ignore
            Remove-LabFolder $lab
        }

        It 'makes cluster, key store and keys, and nothing when it runs again' {
            (Import-KmsEstate $file).ForEach({ "$($_.Kind) $($_.Action) $($_.Name)" }) | Should -Be @(
                'Cluster Created cluster-2estatelab22', 'KeyStore Created estate-lab', 'KeyStore Updated estate-lab', 'Key Created alias/lab/orders'
                'Grant Created worker', 'Key Created alias/lab/archive', 'Key Updated alias/lab/archive', 'Key Created alias/lab/index', 'Rotation Updated alias/lab/index')
            (Get-KmsCustomKeyStore).ConnectionState | Should -Be 'CONNECTED'
            $orders = Get-KmsKey alias/lab/orders
            $orders.Origin | Should -Be 'AWS_CLOUDHSM'
            $orders.CustomKeyStoreId | Should -Be (Get-KmsCustomKeyStore).CustomKeyStoreId
            $sealed = Invoke-KmsEncrypt alias/lab/orders -Plaintext hello
            Read-Text ($sealed | Invoke-KmsDecrypt).Plaintext | Should -Be 'hello'

            # The PIN is not needed any more.
            Remove-Item env:KMSTOOLS_LAB_PIN
            $before = @(Get-KmsEvent).Count
            (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
            @(Get-KmsEvent).Count | Should -Be $before
            $env:KMSTOOLS_LAB_PIN = 'kmsPswd1'
        }

        It 'brings an exported estate about in another store, also one that is disconnected' {
            $null = Import-KmsEstate $file
            Disconnect-KmsCustomKeyStore (Get-KmsCustomKeyStore).CustomKeyStoreId
            $first = Export-KmsEstate
            $first | Should -Match 'prompt: true'
            $first | Should -Match 'connected: false'
            $again = New-Estate ($first.Replace('prompt: true', 'environment: KMSTOOLS_LAB_PIN'))
            $null = Connect-Kms -Temporary -SimulatedClock
            $null = Import-KmsEstate $again
            (Get-KmsCustomKeyStore).ConnectionState | Should -Be 'DISCONNECTED'
            Export-KmsEstate | Should -BeExactly $first
        }

        It 'takes the PIN from a file, or in clear in a temporary store' {
            Set-Content "$TestDrive/pin.txt" 'kmsPswd1'
            if (-not $IsWindows) {
                [IO.File]::SetUnixFileMode("$TestDrive/pin.txt", 'UserRead, UserWrite, OtherRead')
                "$(Get-ErrorOf { Import-KmsEstate (New-Estate ((Get-Content -Raw $file).Replace('environment: KMSTOOLS_LAB_PIN', 'file: ./pin.txt'))) })" |
                    Should -BeLike '*The PIN file * can be read or written by others than its owner. Take their permissions away: chmod 600 *'
                [IO.File]::SetUnixFileMode("$TestDrive/pin.txt", 'UserRead, UserWrite')
            }

            $text = (Get-Content -Raw $file).Replace('environment: KMSTOOLS_LAB_PIN', 'file: ./pin.txt')
            (Import-KmsEstate (New-Estate $text))[2].Description | Should -Be 'Connect the custom key store'
            (Get-KmsCustomKeyStore).ConnectionState | Should -Be 'CONNECTED'
            $null = Connect-Kms -Temporary -SimulatedClock
            $null = Import-KmsEstate (New-Estate ($text.Replace('pinFrom: { file: ./pin.txt }', 'pin: kmsPswd1')))
            (Get-KmsCustomKeyStore).ConnectionState | Should -Be 'CONNECTED'
        }

        It 'says what is wrong with a PIN at its place, and takes over the right one' {
            Remove-Item env:KMSTOOLS_LAB_PIN
            "$(Get-ErrorOf { Import-KmsEstate $file })" | Should -BeExactly "$file(9,29): The environment variable KMSTOOLS_LAB_PIN is not set: it holds the PIN."
            @(Get-KmsHsmCluster).Count | Should -Be 0
            $env:KMSTOOLS_LAB_PIN = 'wrong-pin'
            "$(Get-ErrorOf { Import-KmsEstate $file })" | Should -BeExactly "$file(14,16): The custom key store estate-lab could not be connected: INVALID_CREDENTIALS."
            $env:KMSTOOLS_LAB_PIN = 'kmsPswd1'
            (Import-KmsEstate $file)[1..3].Description | Should -Be 'Disconnect the custom key store', 'Take over the PIN of its cluster', 'Connect the custom key store'
            (Get-KmsCustomKeyStore).ConnectionState | Should -Be 'CONNECTED'
        }

        Context 'whose cluster is managed' {
            BeforeAll {
                foreach ($label in 'estate-managed', 'estate-first', 'estate-ha-1', 'estate-ha-2', 'estate-own-1', 'estate-own-2') {
                    $null = Initialize-KmsHsm $LabLibrary $label -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
                }

                function Get-Text([string] $Token, [string] $Setting) {
                    @"
clusters:
  - id: cluster-3estatelab33
    library: $LabLibrary
    tokens: [$Token]
    pinFrom: { environment: KMSTOOLS_LAB_PIN }
    $Setting
keyStores:
  - name: managed
    cluster: cluster-3estatelab33
    connected: true
keys:
  - aliases: [alias/managed]
    keyStore: managed
"@
                }

                function Get-Change([string] $Text) {
                    (Import-KmsEstate (New-Estate $Text)).Where({ $_.Action -ne 'Unchanged' }).Description
                }
            }

            AfterEach { $env:KMSTOOLS_LAB_PIN = 'kmsPswd1' }

            It 'takes the PIN for the first connect only, and never offers the HSM another one' {
                $managed = Get-Text estate-managed 'managePassword: true'
                Get-Change $managed | Should -Be @(
                    "Register the cluster, on the token estate-managed of $LabLibrary, with a managed password", 'Create the custom key store on cluster-3estatelab33'
                    'Connect the custom key store', 'Create the key (SYMMETRIC_DEFAULT, alias/managed)')
                (Get-KmsHsmCluster).ManagePassword | Should -BeTrue
                $store = (Get-KmsCustomKeyStore).CustomKeyStoreId

                # The HSM has another password than the file now.
                Disconnect-KmsCustomKeyStore $store
                Get-ErrorCode (Get-ErrorOf { Get-KmsOrphanedKeyMaterial cluster-3estatelab33 -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1') }) | Should -Be 'HsmInvalidCredentials'
                Get-Change $managed | Should -Be 'Connect the custom key store'
                foreach ($pin in 'kmsPswd1', 'another-pin') {
                    $env:KMSTOOLS_LAB_PIN = $pin
                    $before = @(Get-KmsEvent).Count
                    Get-Change $managed | Should -BeNullOrEmpty
                    @(Get-KmsEvent).Count | Should -Be $before
                    Disconnect-KmsCustomKeyStore $store
                    Get-Change $managed | Should -Be 'Connect the custom key store'
                    (Get-KmsCustomKeyStore).ConnectionState | Should -Be 'CONNECTED'
                }

                # Not even when the password is not managed any more: it stays the one that only the store knows.
                $left = Get-Text estate-managed 'managePassword: false'
                Get-Change $left | Should -Be 'Leave the password of the crypto user as it is from now on'
                (Get-KmsHsmCluster).ManagePassword | Should -BeFalse
                foreach ($text in $left, (Get-Text estate-managed '')) {
                    Get-Change $text | Should -BeNullOrEmpty
                    Disconnect-KmsCustomKeyStore $store
                    Get-Change $text | Should -Be 'Connect the custom key store'
                }

                Get-Change $managed | Should -Be 'Change the password of the crypto user at each connect'
                Get-Change $managed | Should -BeNullOrEmpty
                Disconnect-KmsCustomKeyStore $store
                Get-Change $managed | Should -Be 'Connect the custom key store'
                Read-Text (Invoke-KmsEncrypt alias/managed -Plaintext abc | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
                Disconnect-KmsCustomKeyStore $store
            }

            It 'takes over the right PIN when the first one was wrong' {
                $managed = Get-Text estate-first 'managePassword: true'
                $env:KMSTOOLS_LAB_PIN = 'wrong-pin'
                "$(Get-ErrorOf { Get-Change $managed })" | Should -BeLike '*The custom key store managed could not be connected: INVALID_CREDENTIALS.*'
                $env:KMSTOOLS_LAB_PIN = 'kmsPswd1'
                Get-Change $managed | Should -Be @(
                    'Disconnect the custom key store', 'Take over the PIN of its cluster', 'Connect the custom key store', 'Create the key (SYMMETRIC_DEFAULT, alias/managed)')
                Get-Change $managed | Should -BeNullOrEmpty
                Disconnect-KmsCustomKeyStore (Get-KmsCustomKeyStore).CustomKeyStoreId
            }

            It 'makes and changes what a cluster demands' {
                $both = Get-Text 'estate-ha-1, estate-ha-2' 'highAvailability: true'
                $file = New-Estate (Get-Text estate-ha-1 'highAvailability: true')
                "$(Get-ErrorOf { Import-KmsEstate $file })" | Should -BeExactly ("${file}(6,23): CloudHsmClusterInvalidConfigurationException: CloudHSM cluster must contain " +
                    'active HSMs in at least two Availability Zones')
                Get-KmsHsmCluster | Should -BeNullOrEmpty
                (Get-Change $both)[0] | Should -Be "Register the cluster, on the tokens estate-ha-1, estate-ha-2 of $LabLibrary, highly available"
                (Get-KmsHsmCluster).HighAvailability | Should -BeTrue
                Get-Change $both | Should -BeNullOrEmpty
                Get-Change (Get-Text 'estate-ha-1, estate-ha-2' '') | Should -BeNullOrEmpty
                Import-KmsEstate (New-Estate ($both.Replace('ility: true', 'ility: false'))) -WhatIf
                (Get-KmsHsmCluster).HighAvailability | Should -BeTrue
                Get-Change ($both.Replace('ility: true', 'ility: false')) | Should -Be 'Make keys while one of its HSMs is active'
                (Get-KmsHsmCluster).HighAvailability | Should -BeFalse
                Get-Change $both | Should -Be 'Make keys only while two of its HSMs are active'
                Read-Text (Invoke-KmsEncrypt alias/managed -Plaintext abc | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
                Disconnect-KmsCustomKeyStore (Get-KmsCustomKeyStore).CustomKeyStoreId
            }

            It 'registers an HSM behind a library of its own, and leaves nothing half registered' {
                $link = New-Item -ItemType SymbolicLink (Join-Path $TestDrive other.so) -Value $LabLibrary
                $text = Get-Text 'estate-own-1, { label: estate-own-2, library: ./other.so }' 'commandsFromElsewhere: 250'
                $absent = New-Estate ($text.Replace('label: estate-own-2', 'label: estate-none'))
                "$(Get-ErrorOf { Import-KmsEstate $absent })" | Should -BeExactly ("${absent}(2,5): $link has no token with the label 'estate-none'.")
                $absent = New-Estate ($text.Replace('./other.so', './absent.so'))
                "$(Get-ErrorOf { Import-KmsEstate $absent })" | Should -BeLike "${absent}(2,5): *$TestDrive/absent.so*"
                Get-KmsHsmCluster | Should -BeNullOrEmpty

                (Get-Change $text)[0] | Should -Be ("Register the cluster, on the tokens estate-own-1, estate-own-2 ($link) of $LabLibrary, " +
                    'with external requests (250 per second)')
                (Get-KmsHsm cluster-3estatelab33).ForEach({ "$($_.TokenLabel) $($_.State) $($_.Library) $($_.KeyCount)" }) |
                    Should -Be "estate-own-1 ACTIVE $LabLibrary 1", "estate-own-2 ACTIVE $link 1"
                Read-Text (Invoke-KmsEncrypt alias/managed -Plaintext abc | Invoke-KmsDecrypt).Plaintext | Should -BeExactly 'abc'
                $before = @(Get-KmsEvent).Count
                Get-Change $text | Should -BeNullOrEmpty
                Get-Change (Get-Text 'estate-own-1, { label: estate-own-2, library: ./other.so }' '') | Should -BeNullOrEmpty
                @(Get-KmsEvent).Count | Should -Be $before

                $other = New-Estate (Get-Text 'estate-own-1, estate-own-2' '')
                "$(Get-ErrorOf { Import-KmsEstate $other })" | Should -BeExactly ("${other}(4,28): The library of the token estate-own-2 of cluster-3estatelab33 is " +
                    "$link and cannot be changed to $LabLibrary.")
                $other = New-Estate ($text.Replace('./other.so', './third.so'))
                "$(Get-ErrorOf { Import-KmsEstate $other })" | Should -BeExactly ("${other}(4,60): The library of the token estate-own-2 of cluster-3estatelab33 is " +
                    "$link and cannot be changed to $TestDrive/third.so.")
                $other = New-Estate ($text.Replace('cluster-3', 'cluster-4').Replace('label: estate-own-2', 'label: estate-own-1'))
                "$(Get-ErrorOf { Import-KmsEstate $other })" | Should -BeExactly "${other}(4,37): The token 'estate-own-1' is named twice: each HSM of a cluster is another token."
                Disconnect-KmsCustomKeyStore (Get-KmsCustomKeyStore).CustomKeyStoreId
            }

            It 'changes the external requests per second, and refuses what there cannot be before anything is changed' {
                $text = Get-Text estate-ha-1 'commandsFromElsewhere: 250'
                $wrong = New-Estate ($text.Replace('250', '-1'))
                "$(Get-ErrorOf { Import-KmsEstate $wrong })" | Should -BeExactly "${wrong}(6,28): The external requests per second must not be negative."
                Get-KmsHsmCluster | Should -BeNullOrEmpty
                $null = Import-KmsEstate (New-Estate $text)
                Export-KmsEstate | Should -Match '(?m)^    commandsFromElsewhere: 250$'
                Get-Change (Get-Text estate-ha-1 '') | Should -BeNullOrEmpty
                "$(Get-ErrorOf { Import-KmsEstate $wrong })" | Should -BeExactly "${wrong}(6,28): The external requests per second must not be negative."
                Get-Change ($text.Replace('250', '251')) | Should -Be 'Set the external requests per second to 251'
                Get-Change ($text.Replace('250', '251')) | Should -BeNullOrEmpty
                Export-KmsEstate | Should -Match '(?m)^    commandsFromElsewhere: 251$'
                Get-Change ($text.Replace('250', '0')) | Should -Be 'Set the external requests per second to 0'
                Export-KmsEstate | Should -Not -Match 'commandsFromElsewhere'
                Disconnect-KmsCustomKeyStore (Get-KmsCustomKeyStore).CustomKeyStoreId
            }

            It 'comes back equal from a fresh store, with libraries and commands of other users' {
                $link = New-Item -ItemType SymbolicLink (Join-Path $TestDrive linked.so) -Value $LabLibrary
                $cluster = (Register-KmsHsmCluster $LabLibrary estate-ha-1).ClusterId
                $null = Add-KmsHsm $cluster estate-ha-2 -Library $link.FullName
                $null = Set-KmsHsmCluster $cluster -CommandsFromElsewhere 7
                $first = Export-KmsEstate
                $first | Should -Match "(?m)^    tokens:\n      - estate-ha-1\n      - label: estate-ha-2\n        library: $([regex]::Escape($link.FullName))\n    trustAnchorCertificate: "
                $first | Should -Match '(?m)^    commandsFromElsewhere: 7\n    pinFrom:\n      prompt: true$'
                $again = New-Estate ($first.Replace('prompt: true', 'environment: KMSTOOLS_LAB_PIN'))
                (Import-KmsEstate $again).Action | Should -Be 'Unchanged'
                $null = Connect-Kms -Temporary -SimulatedClock
                (Import-KmsEstate $again).Action | Should -Be 'Created'
                Export-KmsEstate | Should -BeExactly $first
                (Import-KmsEstate $again).Action | Should -Be 'Unchanged'
            }

            It 'comes back equal from a fresh store, with its alarms' {
                $text = (Get-Text 'estate-ha-1, estate-ha-2' "highAvailability: true`n    managePassword: true").Replace('connected: true', 'connected: false') -replace '(?s)keys:.*', @'
alarms:
  - name: lab is down
    event: KeyStoreFailed
    keyStore: managed
'@
                $null = Import-KmsEstate (New-Estate $text)
                (Get-KmsAlarm).CustomKeyStoreId | Should -Be (Get-KmsCustomKeyStore).CustomKeyStoreId
                $first = Export-KmsEstate
                $first | Should -Match '(?m)^    highAvailability: true\n    managePassword: true\n    pinFrom:\n      prompt: true$'
                $first | Should -Match '(?m)^alarms:\n  - name: lab is down\n    event: KeyStoreFailed\n    keyStore: managed\n    threshold: 1\n'
                $again = New-Estate ($first.Replace('prompt: true', 'environment: KMSTOOLS_LAB_PIN'))
                $null = Connect-Kms -Temporary -SimulatedClock
                $null = Import-KmsEstate $again
                Export-KmsEstate | Should -BeExactly $first
                (Import-KmsEstate $again).Action | Sort-Object -Unique | Should -Be 'Unchanged'

                # What is false is not written.
                $null = Set-KmsHsmCluster cluster-3estatelab33 -HighAvailability $false -ManagePassword $false
                Export-KmsEstate | Should -Not -Match 'highAvailability|managePassword'
            }
        }

        It 'names the token that is not there' {
            $text = (Get-Content -Raw $file).Replace('[estate-lab]', '[estate-none]')
            $other = New-Estate $text
            $refusal = Get-ErrorOf { Import-KmsEstate $other }
            "$refusal" | Should -BeExactly "$other(6,5): $LabLibrary has no token with the label 'estate-none'."
            $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Initialize-KmsHsm creates a lab token. Present tokens: *estate-lab*'
        }
    }
}
