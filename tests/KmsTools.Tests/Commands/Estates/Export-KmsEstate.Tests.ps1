BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $samples = (Resolve-Path "$PSScriptRoot/../../Estates").Path
    $shop = "$samples/shop.yaml"

    # YAML as JSON, by another load context than that of the module, so that the schema is held against the text and not against our reader.
    Add-Type -Path "$env:KMSTOOLS_TEST_MODULE/Dependencies/YamlDotNet.dll"
    function ConvertTo-Tree($Node) {
        if ($Node -is [YamlDotNet.RepresentationModel.YamlMappingNode]) {
            $map = [ordered]@{}
            foreach ($entry in $Node.Children.GetEnumerator()) {
                if ($entry.Key.Value -eq '<<') {
                    foreach ($merged in $entry.Value.Children.GetEnumerator()) { $map[$merged.Key.Value] ??= ConvertTo-Tree $merged.Value }
                }
                else {
                    $map[$entry.Key.Value] = ConvertTo-Tree $entry.Value
                }
            }

            $map
        }
        elseif ($Node -is [YamlDotNet.RepresentationModel.YamlSequenceNode]) {
            , @(foreach ($item in $Node.Children) { ConvertTo-Tree $item })
        }
        elseif ($Node.Style -ne 'Plain') { $Node.Value }
        elseif ($Node.Value -in 'true', 'false') { $Node.Value -eq 'true' }
        elseif ($Node.Value -match '^-?\d{1,15}$') { [long] $Node.Value }
        else { $Node.Value }
    }

    function ConvertTo-JsonText([string] $Yaml) {
        $stream = [YamlDotNet.RepresentationModel.YamlStream]::new()
        $stream.Load([IO.StringReader]::new($Yaml))
        ConvertTo-Json -Depth 20 (ConvertTo-Tree $stream.Documents[0].RootNode)
    }

    $schema = "$env:KMSTOOLS_TEST_MODULE/kms-estate.schema.json"
}

AfterAll { Disconnect-Kms }

Describe 'Export-KmsEstate' {
    BeforeEach {
        $null = Connect-Kms -Temporary -SimulatedClock
        $null = Import-KmsEstate $shop
    }

    It 'describes the store without secrets, and where editors find the schema' {
        $text = Export-KmsEstate
        $text | Should -BeLike "# yaml-language-server: `$schema=file:///*/kms-estate.schema.json`nversion: 1`nkeys:`n*"
        Test-Path ([uri] ($text -split "`n")[0].Split('=')[1]).LocalPath | Should -BeTrue
        $text | Should -Not -Match 'material|000102030405|0b0b0b'
        $text | Should -Match 'id: mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0'
    }

    It 'comes back equal from a fresh store' {
        $file = Join-Path $TestDrive first.yaml
        $null = New-KmsAlarm payments alias/payments -Event KeyMaterialExpiring -Threshold 14 -Action { 'not in the file' }
        $null = New-KmsAlarm any -Event OrphanedKeyMaterial
        Export-KmsEstate $file | Should -BeNullOrEmpty
        $null = Connect-Kms -Temporary -SimulatedClock
        (Import-KmsEstate $file).Where({ $_.Kind -eq 'Key' -and $_.Action -eq 'Created' }).Count | Should -Be 5
        Export-KmsEstate | Should -BeExactly (Get-Content -Raw $file)
        Get-Content -Raw $file | Should -BeLike "*`nalarms:`n  - name: any`n    event: OrphanedKeyMaterial`n    threshold: 1`n  - name: payments`n    event: KeyMaterialExpiring`n    key: alias/payments`n    threshold: 14`n"
        (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
    }

    It 'comes back equal with principals and authorization, and without access keys' {
        $allow = @{ Statement = @{ Effect = 'Allow'; Action = 'kms:*'; Resource = '*' } }
        $trust = @{ Statement = @{ Effect = 'Allow'; Principal = @{ AWS = '111122223333' }; Action = 'sts:AssumeRole' } }
        $null = New-KmsPrincipal -GroupName admins -Policy @{ all = $allow }
        $null = New-KmsPrincipal alice -Path /ops/ -Group admins -PermissionsBoundary $allow -Tag @{ TagKey = 'Team'; TagValue = 'a: b' }
        $null = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust -MaxSessionDuration 7200
        $secret = New-KmsAccessKey alice
        $null = Set-KmsAuthorization -Mode Record -ServiceControlPolicy @($allow), @($allow, $allow)
        $file = Join-Path $TestDrive principals.yaml
        Export-KmsEstate $file
        Get-Content -Raw $file | Should -Not -BeLike "*$($secret.AccessKeyId)*"
        ConvertTo-JsonText (Get-Content -Raw $file) | Test-Json -SchemaFile $schema | Should -BeTrue
        $null = Connect-Kms -Temporary -SimulatedClock
        (Import-KmsEstate $file).Where({ $_.Kind -in 'Principal', 'Authorization' }).ForEach({ "$($_.Action) $($_.Name)" }) |
            Should -Be 'Created admins', 'Created deploy', 'Created alice', 'Updated authorization'
        Export-KmsEstate | Should -BeExactly (Get-Content -Raw $file)
        (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
    }

    It 'comes back equal with external key stores and what surrounds them, without their secrets' {
        $service = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0'
        $secret = 'estate' * 8
        $null = Set-KmsXksProxyAddress xks.example.com -Address 127.0.0.1 -Port 8443 -TimeoutInMilliseconds 5000
        $null = Set-KmsVpcEndpointService $service -PrivateDnsName xks.example.com
        $null = New-KmsCustomKeyStore inside -CustomKeyStoreType EXTERNAL_KEY_STORE -XksProxyConnectivity VPC_ENDPOINT_SERVICE `
            -XksProxyUriEndpoint https://xks.example.com -XksProxyUriPath /lab/kms/xks/v1 -XksProxyVpcEndpointServiceName $service `
            -XksProxyAuthenticationCredential_AccessKeyId ABCDEFGHIJKLMNOPQRST -XksProxyAuthenticationCredential_RawSecretAccessKey $secret -WarningAction SilentlyContinue
        $file = Join-Path $TestDrive external.yaml
        Export-KmsEstate $file
        $text = Get-Content -Raw $file
        $text | Should -BeLike "*`n    proxy:`n      connectivity: VPC_ENDPOINT_SERVICE`n*`n      secretFrom:`n        prompt: true`n    connected: false`n*"
        $text | Should -Not -BeLike "*$secret*"
        ConvertTo-JsonText $text | Test-Json -SchemaFile $schema | Should -BeTrue
        (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
        Set-Content $file $text.Replace('prompt: true', 'environment: KMSTOOLS_XKS_SECRET')
        $null = Connect-Kms -Temporary -SimulatedClock
        $env:KMSTOOLS_XKS_SECRET = $secret
        try {
            (Import-KmsEstate $file).Where({ $_.Kind -in 'ProxyAddress', 'VpcEndpointService', 'KeyStore' }).ForEach({ "$($_.Kind) $($_.Action) $($_.Name)" }) |
                Should -Be 'ProxyAddress Created xks.example.com', "VpcEndpointService Created $service", 'KeyStore Created inside'
            Export-KmsEstate | Should -BeExactly $text
            (Import-KmsEstate $file).Action | Sort-Object -Unique | Should -Be 'Unchanged'
        }
        finally { $env:KMSTOOLS_XKS_SECRET = $null }
    }

    It 'leaves the IDs to the store where the clock is real' {
        $null = Connect-Kms -Temporary
        New-KmsAlias -AliasName alias/a -TargetKeyId (New-KmsKey).KeyId
        $bare = (New-KmsKey).KeyId
        $text = Export-KmsEstate
        $text | Should -Match '(?m)^  - aliases: \[alias/a\]$'
        $text | Should -Match "(?m)^  - id: `"?$bare`"?$"
    }

    It 'warns of keys that are left out' {
        $id = (New-KmsKey).KeyId
        $null = Register-KmsKeyDeletion $id -PendingWindowInDay 7 -Force
        $text = Export-KmsEstate -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Be "arn:aws:kms:us-east-1:111122223333:key/$id is pending deletion and is left out."
        $text | Should -Not -Match $id
    }

    It 'leaves out alarms on keys that are left out' {
        $key = New-KmsKey
        $null = New-KmsAlarm 'still in use' $key.KeyId -Event KeyUsedWhilePendingDeletion
        $null = Register-KmsKeyDeletion $key.KeyId -PendingWindowInDay 7 -Force
        $text = Export-KmsEstate -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings[1].Message | Should -Be "The alarm 'still in use' is left out, as is its key $($key.Arn)."
        $text | Should -Not -Match 'alarms'
    }

    It 'overwrites a file unless told not to' {
        $file = Join-Path $TestDrive file.yaml
        Set-Content $file old
        Export-KmsEstate $file -WhatIf
        Get-Content $file | Should -Be 'old'
        (Get-ErrorOf { Export-KmsEstate $file -NoClobber }).FullyQualifiedErrorId | Should -Be 'NoClobber,KmsTools.Commands.ExportKmsEstateCommand'
        Export-KmsEstate $file
        Get-Content -Raw $file | Should -BeExactly (Export-KmsEstate)
        Get-ChildItem $TestDrive -Filter *.tmp | Should -BeNullOrEmpty
    }

    It 'does not overwrite a file that appears at the last moment with -NoClobber' {
        if (-not (Test-Strace)) { Set-ItResult -Skipped -Because 'strace, which delays the last step, is not here or may not trace'; return }
        $folder = Join-Path $TestDrive held
        $null = New-Item $folder -ItemType Directory
        $answer = Invoke-HeldBeforeName "$folder/estate.yaml" @"
Import-Module '$env:KMSTOOLS_TEST_MODULE'
`$null = Connect-Kms -Temporary
try { Export-KmsEstate '$folder/estate.yaml' -NoClobber } catch { `$_.FullyQualifiedErrorId }
"@ { Set-Content "$folder/estate.yaml" 'of another program' }
        $answer | Should -Be 'NoClobber,KmsTools.Commands.ExportKmsEstateCommand'
        Get-Content "$folder/estate.yaml" | Should -Be 'of another program'
        (Get-ChildItem $folder -Force).Name | Should -Be 'estate.yaml'
    }

    It 'records no event' {
        $before = @(Get-KmsEvent).Count
        $null = Export-KmsEstate
        @(Get-KmsEvent).Count | Should -Be $before
    }

    It 'writes what the schema allows' {
        $null = New-KmsAlarm payments alias/payments -Event KeyMaterialExpiring -Threshold 365
        $null = New-KmsAlarm any -Event OrphanedKeyMaterial -Threshold 1000
        ConvertTo-JsonText (Export-KmsEstate) | Test-Json -SchemaFile $schema | Should -BeTrue
    }
}

Describe 'The schema of an estate' {
    It 'judges alarms as the import does: <Alarm>' -ForEach @(
        @{ Alarm = 'name: a, event: KeyStoreFailed'; Allowed = $true }
        @{ Alarm = 'name: a, event: KeyStoreFailed, keyStore: lab, region: eu-west-1'; Allowed = $true }
        @{ Alarm = 'name: a, event: KeyStoreFailed, threshold: 1000'; Allowed = $true }
        @{ Alarm = 'name: a, event: KeyStoreFailed, threshold: 1001'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyStoreFailed, threshold: 0'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyMaterialExpiring, key: alias/a, threshold: 365'; Allowed = $true }
        @{ Alarm = 'name: a, event: KeyMaterialExpiring, key: alias/a, threshold: 366'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyMaterialExpiring, keyStore: lab'; Allowed = $false }
        @{ Alarm = 'name: a, event: ProxyCertificateExpiring, keyStore: lab, threshold: 365'; Allowed = $true }
        @{ Alarm = 'name: a, event: ProxyCertificateExpiring, threshold: 366'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyStoreFailed, key: alias/a, keyStore: lab'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyStoreFailed, region: eu-west-1'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyStoreFailed, action: Stop-Computer'; Allowed = $false }
        @{ Alarm = 'name: a'; Allowed = $false }
        @{ Alarm = 'event: KeyStoreFailed'; Allowed = $false }
        @{ Alarm = 'name: a, event: KeyStoreFail'; Allowed = $false }
    ) {
        ConvertTo-JsonText "alarms: [{ $Alarm }]" | Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -Be $Allowed
    }

    It 'judges proxies as the import does: <Proxy>' -ForEach @(
        @{ Proxy = 'uriPath: /kms/xks/v1'; Allowed = $true }
        @{ Proxy = 'uriPath: /a/b/kms/xks/v12, secretFrom: { file: a }'; Allowed = $true }
        @{ Proxy = 'uriPath: /kms/xks/v1, secretFrom: { file: a, prompt: true }'; Allowed = $false }
        @{ Proxy = 'uriPath: /kms/xks/v1, secret: a'; Allowed = $false }
        @{ Proxy = 'uriPath: /kms/xks/1'; Allowed = $false }
        @{ Proxy = 'uriPath: /kms/xks/v1, connectivity: VPC_ENDPOINT_SERVICE'; Allowed = $false }
        @{ Proxy = 'uriPath: /kms/xks/v1, connectivity: VPC_ENDPOINT_SERVICE, vpcEndpointServiceName: com.amazonaws.vpce.us-east-1.vpce-svc-0'; Allowed = $true }
        @{ Proxy = 'uriPath: /kms/xks/v1, connectivity: PUBLIC_ENDPOINT, vpcEndpointServiceName: com.amazonaws.vpce.us-east-1.vpce-svc-0'; Allowed = $false }
        @{ Proxy = 'secretFrom: { prompt: true }'; Allowed = $false }
    ) {
        ConvertTo-JsonText "keyStores: [{ name: a, proxy: { uriEndpoint: 'https://a.example.com', accessKeyId: ABCDEFGHIJKLMNOPQRST, $Proxy } }]" |
            Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -Be $Allowed
    }

    It 'judges key stores as the import does: <Store>' -ForEach @(
        @{ Store = 'cluster: cluster-2abcdefghij'; Allowed = $true }
        @{ Store = 'connected: true'; Allowed = $false }
        @{ Store = 'cluster: cluster-2abcdefghij, proxy: { uriEndpoint: "https://a.example.com", uriPath: /kms/xks/v1, accessKeyId: ABCDEFGHIJKLMNOPQRST }'; Allowed = $false }
    ) {
        ConvertTo-JsonText "keyStores: [{ name: a, $Store }]" | Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -Be $Allowed
    }

    It 'judges clusters as the import does: <Cluster>' -ForEach @(
        @{ Cluster = 'tokens: [a, b]'; Allowed = $true }
        @{ Cluster = 'tokens: [a, { label: b, library: ./b.so }]'; Allowed = $true }
        @{ Cluster = 'tokens: [{ label: 1 }]'; Allowed = $true }
        @{ Cluster = 'tokens: [{ uri: "pkcs11:token=a" }, b]'; Allowed = $true }
        @{ Cluster = 'tokens: [{ uri: "PKCS11:token=a" }]'; Allowed = $true }
        @{ Cluster = 'tokens: [{ uri: "token=a" }]'; Allowed = $false }
        @{ Cluster = 'tokens: [{ uri: "pkcs11:token=a", library: ./b.so }]'; Allowed = $false }
        @{ Cluster = 'tokens: [{ uri: "pkcs11:token=a", label: b }]'; Allowed = $false }
        @{ Cluster = 'tokens: []'; Allowed = $false }
        @{ Cluster = 'tokens: [[a]]'; Allowed = $false }
        @{ Cluster = 'tokens: [{ library: ./b.so }]'; Allowed = $false }
        @{ Cluster = 'tokens: [{ label: b, libary: ./b.so }]'; Allowed = $false }
        @{ Cluster = 'tokens: [a], commandsFromElsewhere: 0'; Allowed = $true }
        @{ Cluster = 'tokens: [a], commandsFromElsewhere: 2147483647'; Allowed = $true }
        @{ Cluster = 'tokens: [a], commandsFromElsewhere: 2147483648'; Allowed = $false }
        @{ Cluster = 'tokens: [a], commandsFromElsewhere: -1'; Allowed = $false }
        @{ Cluster = 'tokens: [a], commandsFromElsewhere: few'; Allowed = $false }
    ) {
        ConvertTo-JsonText "clusters: [{ id: cluster-2abcdefghij, library: /a, $Cluster }]" | Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -Be $Allowed
    }

    It 'judges keys as the import does: <Key>' -ForEach @(
        @{ Key = 'aliases: [alias/a]'; Allowed = $true }
        @{ Key = 'id: 11111111-2222-3333-4444-555555555555'; Allowed = $true }
        @{ Key = 'id: mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0'; Allowed = $true }
        @{ Key = 'id: mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f'; Allowed = $false }
        @{ Key = 'aliases: []'; Allowed = $false }
        @{ Key = 'aliases: [a]'; Allowed = $false }
        @{ Key = 'description: x'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], rotation: { periodInDays: 90 }'; Allowed = $true }
        @{ Key = 'aliases: [alias/a], rotation: { periodInDays: 89 }'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], rotation: { periodInDays: 2560 }'; Allowed = $true }
        @{ Key = 'aliases: [alias/a], rotation: { periodInDays: 2561 }'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], material: { hex: "00" }'; Allowed = $true }
        @{ Key = 'aliases: [alias/a], material: { hex: "00", base64: AA== }'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], material: {}'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], grants: [{ grantee: "111122223333", operations: [Encrypt] }]'; Allowed = $true }
        @{ Key = 'aliases: [alias/a], grants: [{ operations: [Encrypt] }]'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], grants: [{ grantee: a, granteeService: b, operations: [Encrypt] }]'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], grants: [{ grantee: a }]'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], replicas: [{ region: eu-west-1 }]'; Allowed = $true }
        @{ Key = 'aliases: [alias/a], replicas: [{ aliases: [alias/a] }]'; Allowed = $false }
        @{ Key = 'aliases: [alias/a], replicas: [{ region: EU West }]'; Allowed = $false }
    ) {
        ConvertTo-JsonText "keys: [{ $Key }]" | Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -Be $Allowed
    }

    It 'judges PINs and custom key stores as the import does: <Yaml>' -ForEach @(
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [a], pin: 1234567 }]'; Allowed = $true }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [a], pinFrom: { prompt: true } }]'; Allowed = $true }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [a], pinFrom: { prompt: false } }]'; Allowed = $false }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [a], pinFrom: { file: /a, environment: A } }]'; Allowed = $false }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [a], pin: a, pinFrom: { file: /a } }]'; Allowed = $false }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, tokens: [a] }]'; Allowed = $false }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghij, tokens: [{ uri: "pkcs11:token=a" }] }]'; Allowed = $true }
        @{ Yaml = 'clusters: [{ id: cluster-2abcdefghi, library: /a, tokens: [a] }]'; Allowed = $false }
        @{ Yaml = 'keyStores: [{ name: a, cluster: cluster-2abcdefghij }]'; Allowed = $true }
        @{ Yaml = 'keyStores: [{ name: a }]'; Allowed = $false }
        @{ Yaml = 'version: 1'; Allowed = $true }
        @{ Yaml = 'version: 2'; Allowed = $false }
    ) {
        ConvertTo-JsonText $Yaml | Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -Be $Allowed
    }

    It 'allows the sample <_> and refuses what the import refuses' -ForEach 'shop.yaml', 'lab.yaml' {
        $yaml = Get-Content -Raw "$samples/$_"
        ConvertTo-JsonText $yaml | Test-Json -SchemaFile $schema | Should -BeTrue
        foreach ($change in @('aliases:', 'aliasses:'), @('enabled: false', 'enabled: 5'), @('  - aliases: [alias/lab/index]', "  - description: x"), @('HMAC_256', 'HMAC_257'), @('[Encrypt, Decrypt]', '[]')) {
            if ($yaml.Contains($change[0])) {
                ConvertTo-JsonText ($yaml.Replace($change[0], $change[1])) | Test-Json -SchemaFile $schema -ErrorAction SilentlyContinue | Should -BeFalse -Because "$change"
            }
        }
    }
}
