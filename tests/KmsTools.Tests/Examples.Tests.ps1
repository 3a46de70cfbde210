# Every example of the help runs as it is written, in a world where the things exist that it speaks of.

BeforeDiscovery {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    . "$PSScriptRoot/Support.ps1"
    $examples = @(Get-HelpExample $module)
}

BeforeAll {
    $module = $env:KMSTOOLS_TEST_MODULE ?? (Resolve-Path "$PSScriptRoot/../../artifacts/KmsTools").Path
    Import-Module $module -Force
    . "$PSScriptRoot/Lab.ps1"
    . "$PSScriptRoot/LabXks.ps1"
    . "$PSScriptRoot/LabPostgreSql.ps1"
    . "$PSScriptRoot/Support.ps1"

    # Examples name things that a reader replaces by his own; here the names stand for what the world holds.
    $script:KeyIdOfExamples = '1234abcd-12ab-34cd-56ef-1234567890ab'
    $script:MultiRegionKeyIdOfExamples = 'mrk-1234abcd12ab34cd56ef1234567890ab'
    $script:KeyStoreIdOfExamples = 'cks-1234567890abcdef0'
    $script:ClusterIdOfExamples = 'cluster-abcdefghijk'
    $script:LibraryOfExamples = '/usr/lib/softhsm/libsofthsm2.so'

    # What an example needs beyond a key with the alias alias/orders. The variables that a block sets are those that the example reads.
    $script:Needs = @{
        'Disable-KmsGrant'              = { $grant = New-ExampleGrant }
        'Revoke-KmsGrant'               = { $grant = New-ExampleGrant }
        'New-KmsGrant'                  = { $role = 'arn:aws:iam::111122223333:role/deploy' }
        'Get-KmsRetirableGrant'         = { $role = 'arn:aws:iam::111122223333:role/deploy'; $grant = New-ExampleGrant }
        'Enable-KmsKey'                 = { $id = (New-KmsKey | Register-KmsKeyDeletion -Force).KeyId }
        'Stop-KmsKeyDeletion'           = { $id = ($key | Register-KmsKeyDeletion -Force).KeyId }
        'Step-KmsClock'                 = { $id = ($key | Register-KmsKeyDeletion -Force).KeyId }
        'Get-KmsKeyRotation'            = { $id = $key.KeyId }
        'Get-KmsKeyRotationStatus'      = { $id = $key.KeyId }
        'Update-KmsKeyDescription'      = { $id = $key.KeyId }
        'Write-KmsKeyPolicy'            = {
            $from = $key.KeyId
            $to = (New-KmsKey).KeyId
            Get-KmsKeyPolicy $from | Set-Content ./policy.json
        }
        'Get-KmsParametersForImport'    = { $id = (New-KmsKey -Origin EXTERNAL).KeyId; $bytes = (New-KmsRandom 32).ToArray() }
        'Protect-KmsKeyMaterial'        = {
            $id = (New-KmsKey -Origin EXTERNAL).KeyId
            $import = Get-KmsParametersForImport $id -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
            [IO.File]::WriteAllBytes("$PWD/key.bin", (New-KmsRandom 32).ToArray())
        }
        'Import-KmsKeyMaterial'         = {
            $id = (New-KmsKey -Origin EXTERNAL).KeyId
            $import = Get-KmsParametersForImport $id -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
            [IO.File]::WriteAllBytes("$PWD/key.bin", (New-KmsRandom 32).ToArray())
            $wrapped = (Protect-KmsKeyMaterial (Get-Item ./key.bin) -PublicKey $import.PublicKey -WrappingAlgorithm RSAES_OAEP_SHA_256).EncryptedKeyMaterial
        }
        'Remove-KmsImportedKeyMaterial' = {
            $key = New-KmsKey -Origin EXTERNAL
            $id = $key.KeyId
            $import = Get-KmsParametersForImport $id -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_2048
            $import | Protect-KmsKeyMaterial -KeyMaterial (New-KmsRandom 32).ToArray() | Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
        }
        'New-KmsAlias'                  = { Remove-KmsAlias alias/orders }
        'Update-KmsPrimaryRegion'       = { $multiRegionKey = New-KmsKey -MultiRegion $true; $null = $multiRegionKey | New-KmsReplicaKey -ReplicaRegion eu-west-1 }
        'New-KmsKey'                    = { $bytes = (New-KmsRandom 32).ToArray() }
        'Invoke-KmsEncrypt'             = { Set-Content ./small.bin 'small' }
        'Invoke-KmsDecrypt'             = { $ciphertext = Invoke-KmsEncrypt alias/orders -Plaintext 'secret' -EncryptionContext @{ order = '4711' } -Select CiphertextBlob }
        'Invoke-KmsReEncrypt 1'         = {
            $ciphertext = Invoke-KmsEncrypt alias/orders -Plaintext 'secret' -Select CiphertextBlob
            New-KmsAlias -AliasName alias/new -TargetKeyId (New-KmsKey).KeyId
        }
        'Invoke-KmsReEncrypt 2'         = { $ciphertext = Invoke-KmsEncrypt alias/orders -Plaintext 'secret' -EncryptionContext @{ a = '1' } -Select CiphertextBlob }
        'Invoke-KmsSigning 1'           = { New-ExampleKey alias/release ECC_NIST_P256 SIGN_VERIFY }
        'Invoke-KmsSigning 2'           = { New-ExampleKey alias/release RSA_2048 SIGN_VERIFY; Set-Content "$PWD/release.zip" 'release' }
        'Get-KmsPublicKey'              = { New-ExampleKey alias/release RSA_2048 SIGN_VERIFY }
        'Test-KmsSignature'             = {
            New-ExampleKey alias/release ECC_NIST_P256 SIGN_VERIFY
            [IO.File]::WriteAllText("$PWD/release.txt", 'release 1.2.3')
            $signature = Invoke-KmsSigning 'release 1.2.3' -KeyId alias/release -SigningAlgorithm ECDSA_SHA_256 -Select Signature
            [IO.File]::WriteAllBytes("$PWD/release.sig", $signature.ToArray())
        }
        'Get-KmsSharedSecret'           = {
            New-ExampleKey alias/agreement ECC_NIST_P256 KEY_AGREEMENT
            New-ExampleKey alias/partner ECC_NIST_P256 KEY_AGREEMENT
            $theirs = Get-KmsPublicKey alias/partner -Select PublicKey
        }
        'New-KmsMac'                    = { New-ExampleKey alias/webhooks HMAC_256 GENERATE_VERIFY_MAC }
        'Test-KmsMac'                   = {
            New-ExampleKey alias/webhooks HMAC_256 GENERATE_VERIFY_MAC
            $mac = New-KmsMac 'order 4711' -KeyId alias/webhooks -MacAlgorithm HMAC_SHA_256 -Select Mac
        }
        'Protect-KmsFile'               = { New-ExampleFile }
        'Unprotect-KmsFile'             = {
            New-ExampleFile
            $null = Protect-KmsFile ./report.pdf alias/files -EncryptionContext @{ project = 'apollo' }
            $null = New-Item -ItemType Directory ./inbox, ./clear
            Copy-Item ./report.pdf.encrypted ./inbox
            Remove-Item ./report.pdf
        }
        'Remove-KmsAccessKey'           = { $null = New-KmsAccessKey bob }
        'Get-KmsPrincipal'              = { New-ExamplePrincipal }
        'Set-KmsPrincipal'              = { New-ExamplePrincipal }
        'Remove-KmsPrincipal'           = { $null = New-KmsPrincipal alice }
        'Add-KmsPrincipalPolicy'        = { New-ExamplePrincipal }
        'Remove-KmsPrincipalPolicy'     = { New-ExamplePrincipal }
        'Use-KmsRole'                   = { New-ExampleRole }
        'Set-KmsCaller 3'               = {
            $accessKey = New-KmsAccessKey alice
            Set-Content ./credentials '[deploy]', "aws_access_key_id = $($accessKey.AccessKeyId)", "aws_secret_access_key = $($accessKey.SecretAccessKey)"
        }
        'Initialize-KmsHsm'             = { New-ExampleTokenFolder; $library = $script:LabLibrary }
        'Register-KmsHsmCluster 1'      = { New-ExampleTokenFolder; New-ExampleToken lab }
        'Register-KmsHsmCluster 2'      = {
            New-ExampleTokenFolder
            New-ExampleToken lab
            New-ExampleToken restored
            $library = $script:LabLibrary
            $cluster = Register-KmsHsmCluster $library -TokenLabel lab
        }
        'Register-KmsHsmCluster 3'      = { New-ExampleTokenFolder; New-ExampleToken first; New-ExampleToken second; $library = $script:LabLibrary }
        'Register-KmsHsmCluster 4'      = { New-ExampleTokenFolder; New-ExampleToken lab }
        'Add-KmsHsm'                    = { $cluster = New-ExampleCluster first; New-ExampleToken second }
        'Get-KmsHsm'                    = { $cluster = New-ExampleCluster first, second }
        'Remove-KmsHsm'                 = { $cluster = New-ExampleCluster first, second }
        'Get-KmsOrphanedKeyMaterial'    = { $cluster = New-ExampleCluster first; New-ExampleConnectedStore $cluster }
        'Remove-KmsOrphanedKeyMaterial' = { $cluster = New-ExampleCluster first; New-ExampleConnectedStore $cluster }
        'Backup-KmsHsmCluster'          = { $cluster = New-ExampleCluster first }
        'Get-KmsHsmClusterBackup'       = { $cluster = New-ExampleBackup }
        'Restore-KmsHsmCluster 1'       = { $store = New-ExampleKeyStore; $cluster = Get-KmsHsmCluster }
        'Restore-KmsHsmCluster 2'       = { $store = New-ExampleKeyStore; $cluster = Get-KmsHsmCluster; $null = Backup-KmsHsmCluster $cluster.ClusterId }
        'Remove-KmsHsmClusterBackup'    = { $cluster = New-ExampleBackup }
        'Unregister-KmsHsmCluster'      = { New-ExampleTokenFolder; New-ExampleToken lab; $cluster = Register-KmsHsmCluster $script:LabLibrary -TokenLabel lab }
        'Get-KmsHsmCluster'             = { New-ExampleTokenFolder; New-ExampleToken lab; $cluster = Register-KmsHsmCluster $script:LabLibrary -TokenLabel lab }
        'New-KmsCustomKeyStore 1'       = { New-ExampleTokenFolder; New-ExampleToken lab }
        'New-KmsCustomKeyStore 2'       = {
            New-ExampleTokenFolder
            New-ExampleToken lab
            $cluster = Register-KmsHsmCluster $script:LabLibrary -TokenLabel lab
            $id, $pem, $pin = $cluster.ClusterId, $cluster.TrustAnchorCertificate, (ConvertTo-LabPin 'kmsPswd1')
        }
        'New-KmsCustomKeyStore 3'       = {
            $proxy = [LabXksProxy]::new('xks.example.com')
            Set-Content ./root.pem $proxy.Pem
            $port, $accessKeyId = $proxy.Port, 'ABCDEFGHIJKLMNOPQRST'
            function Read-Host([switch] $AsSecureString) { ConvertTo-LabSecret $script:LabXksSecret }
        }
        'Update-KmsCustomKeyStore 3'    = {
            $proxy = New-LabXksProxy
            $external, $accessKeyId = (New-LabExternalKeyStore), 'ABCDEFGHIJKLMNOPQRST'
            function Read-Host([switch] $AsSecureString) { ConvertTo-LabSecret $script:LabXksSecret }
        }
        'New-KmsKey 5'                  = { $proxy = New-LabXksProxy; $external = New-LabExternalKeyStore -Connected }
        'Set-KmsXksProxyAddress 1'      = { Set-Content ./root.pem ([LabXksProxy]::new('xks.example.com').Pem) }
        'Set-KmsXksProxyAddress 2'      = { $null = Set-KmsXksProxyAddress xks.example.com }
        'Get-KmsXksProxyAddress'        = { $null = Set-KmsXksProxyAddress xks.example.com }
        'Remove-KmsXksProxyAddress'     = { $null = Set-KmsXksProxyAddress xks.example.com }
        'Set-KmsVpcEndpointService 2'   = { New-ExampleService }
        'Get-KmsVpcEndpointService'     = { New-ExampleService }
        'Remove-KmsVpcEndpointService'  = { New-ExampleService }
        'Connect-KmsCustomKeyStore'     = { $store = New-ExampleKeyStore }
        'Connect-KmsCustomKeyStore 3'   = { $cluster = New-ExampleCluster first; $pin = Read-Host -AsSecureString }
        'Get-KmsCustomKeyStore'         = { $store = New-ExampleKeyStore }
        'Remove-KmsCustomKeyStore'      = { $store = New-ExampleKeyStore }
        'Update-KmsCustomKeyStore'      = { $store = New-ExampleKeyStore }
        'Disconnect-KmsCustomKeyStore'  = { $store = New-ExampleKeyStore; Connect-KmsCustomKeyStore $store }
        'New-KmsKey 4'                  = { $store = New-ExampleKeyStore; Connect-KmsCustomKeyStore $store }
        'New-KmsRandom 2'               = { $store = New-ExampleKeyStore; Connect-KmsCustomKeyStore $store }
        'Start-KmsEndpoint 4'           = { New-ExampleCertificate }
        'Enable-KmsAlarmAction'         = { $null = New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion -Action { 'sounds' } }
        'Remove-KmsAlarm'               = { $null = New-KmsAlarm 'still in use' -Event KeyUsedWhilePendingDeletion }
        'Set-KmsHsmCluster'             = { New-ExampleTokenFolder; New-ExampleToken lab; $cluster = Register-KmsHsmCluster $script:LabLibrary -TokenLabel lab }
        'Test-KmsEventLog 2'            = { (Get-KmsEventLog).Segments | Export-Csv heads.csv }
        'Test-KmsStore 3'               = { $null = Connect-Kms ./lab; Disconnect-Kms }
        'Test-KmsStore 4'               = { (Get-KmsEventLog).Segments | Export-Csv heads.csv }
        'Show-KmsConsole 1'             = { New-ExampleOpener }
        'Show-KmsConsole 3'             = { New-ExampleOpener }
        'Stop-KmsEndpoint'              = { $endpoint = Start-KmsEndpoint }
        'Start-KmsXksProxy 1'           = { New-ExampleProxyConfiguration }
        'Start-KmsXksProxy 2'           = { New-ExampleTokenFolder }
        'Stop-KmsXksProxy'              = { New-ExampleProxyConfiguration; $proxy = Start-KmsXksProxy ./proxy.yaml }
        'New-KmsXksKey'                 = { New-ExampleProxyConfiguration }
        'New-KmsXksProxyConfiguration'  = { New-ExampleProxyToken }
        'Import-KmsEstate'              = { Copy-Item "$PSScriptRoot/Estates/shop.yaml" ./estate.yaml; Remove-KmsAlias alias/orders }
        'Get-KmsEndpoint'               = { $endpoint = Start-KmsEndpoint }
        'Initialize-KmsDatabase'        = { $database = New-ExampleDatabase; New-ExampleSecretFile ./owner.password 'secret' }
        'Connect-Kms 5'                 = { $database = New-ExampleDatabase; $null = Initialize-KmsDatabase $database.Owner -Role kms_app }
        'Connect-Kms 4'                 = { $null = New-ExampleSeal }
        'Unlock-KmsStore 1'             = { $null = New-ExampleSeal; $null = Connect-Kms ./lab 3>&1 }
        'Unlock-KmsStore 2'             = {
            $seal = New-ExampleSeal
            $null = Connect-Kms ./lab 3>&1
            function Read-Host([switch] $AsSecureString) { $seal.RecoveryKey }
        }
        'Unlock-KmsStore 3'             = {
            $null = New-ExampleHsmSeal
            $null = Connect-Kms ./lab 3>&1
        }
        'Unprotect-KmsStore'            = { $null = New-ExampleSeal }
        'Backup-KmsStore 1'             = { $null = Connect-Kms ./lab }
        'Backup-KmsStore 2'             = {
            $null = Connect-Kms ./lab
            New-ExampleSecretFile ./passphrase.txt 'correct horse'
        }
        'Test-KmsStoreBackup 1'         = { New-ExampleStoreBackup }
        'Test-KmsStoreBackup 2'         = { New-ExampleStoreBackup }
        'Restore-KmsStore 1'            = {
            New-ExampleStoreBackup
            function Read-Host([switch] $AsSecureString) { ConvertTo-LabPin 'correct horse' }
        }
        'Restore-KmsStore 2'            = { New-ExampleStoreBackup }
        'Restore-KmsStore 3'            = { New-ExampleStoreBackup }
        'Restore-KmsStore 4'            = {
            New-ExampleTokenFolder
            New-ExampleToken lab
            New-ExampleSecretFile ./pin.txt 'kmsPswd1'
            $null = Connect-Kms ./lab
            $null = Protect-KmsStore -Hsm $script:token.Uri -PinFile ./pin.txt -NoRecoveryKey
            $null = Backup-KmsStore ./lab.kmsbackup
            $null = New-Item -ItemType Directory ./kept/softhsm
            Copy-Item ./tokens ./kept/softhsm -Recurse
        }
        'Copy-KmsStore 1'               = { $null = Connect-Kms ./lab }
        'Protect-KmsStore 1'            = { function Read-Host([switch] $AsSecureString) { ConvertTo-LabPin 'correct horse' } }
        'Protect-KmsStore 2'            = { New-ExampleSecretFile ./passphrase.txt 'correct horse' }
        'Protect-KmsStore 3'            = {
            New-ExampleTokenFolder
            New-ExampleToken lab
            New-ExampleSecretFile ./hsm-pin 'kmsPswd1'
        }
    }

    function New-ExampleKey($AliasName, $KeySpec, $KeyUsage) {
        New-KmsAlias -AliasName $AliasName -TargetKeyId (New-KmsKey -KeySpec $KeySpec -KeyUsage $KeyUsage).KeyId
    }

    function New-ExampleService {
        $null = Set-KmsVpcEndpointService com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0 -PrivateDnsName xks.example.com
    }

    function New-ExampleFile {
        New-KmsAlias -AliasName alias/files -TargetKeyId $key.KeyId
        New-KmsAlias -AliasName alias/escrow -TargetKeyId (New-KmsKey).KeyId
        $null = New-Item -ItemType Directory ./export, ./vault
        Set-Content ./report.pdf, ./disk.img, ./export/a, ./export/b 'content'
    }

    function New-ExampleGrant {
        New-KmsGrant -KeyId $key.KeyId -GranteePrincipal arn:aws:iam::111122223333:role/deploy -RetiringPrincipal arn:aws:iam::111122223333:role/deploy -Operation Decrypt
    }

    function New-ExampleRole {
        $trust = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'
        $keys = '{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}'
        $null = New-KmsPrincipal -RoleName deploy -TrustPolicy $trust -Policy @{ keys = $keys }
    }

    function New-ExamplePrincipal {
        $statement = @{ Effect = 'Allow'; Action = 'kms:Sign'; Resource = '*' }
        $trust = @{ Statement = @{ Effect = 'Allow'; Principal = @{ AWS = '111122223333' }; Action = 'sts:AssumeRole' } }
        $null = 'auditors', 'operators', 'applications' | ForEach-Object { New-KmsPrincipal -GroupName $_ }
        $null = New-KmsPrincipal alice -Policy @{ decrypt = @{ Statement = $statement } }
        $null = New-KmsPrincipal app1
        $null = 'deploy', 'app' | ForEach-Object {
            New-KmsPrincipal -RoleName $_ -TrustPolicy $trust -Policy @{ sign = @{ Statement = $statement }; old = @{ Statement = $statement } }
        }
        ConvertTo-Json $trust -Depth 9 | Set-Content ./trust.json
        ConvertTo-Json @{ Statement = $statement } -Depth 9 | Set-Content ./decrypt.json
    }

    # SoftHSM reads its configuration whenever the library is initialised, so an example can have tokens of its own.
    function New-ExampleTokenFolder {
        $null = New-Item -ItemType Directory ./tokens
        Set-Content ./softhsm2.conf @("directories.tokendir = $PWD/tokens", 'objectstore.backend = file', 'log.level = ERROR')
        $env:SOFTHSM2_CONF = "$PWD/softhsm2.conf"
    }

    function New-ExampleToken($TokenLabel) {
        $script:token = Initialize-KmsHsm $script:LabLibrary -TokenLabel $TokenLabel -SecurityOfficerPin (ConvertTo-LabPin 'so-12345') -KeyStorePassword (ConvertTo-LabPin 'kmsPswd1')
    }

    function New-ExampleProxyToken {
        New-ExampleTokenFolder
        New-ExampleToken lab
        New-ExampleSecretFile ./lab.pin 'kmsPswd1'
        $script:library = $script:LabLibrary
    }

    function New-ExampleProxyConfiguration {
        New-ExampleProxyToken
        $null = New-KmsXksProxyConfiguration ./proxy.yaml $script:LabLibrary -TokenLabel lab -PinFile ./lab.pin -Port 0
    }

    function New-ExampleCluster([string[]] $TokenLabel) {
        New-ExampleTokenFolder
        $TokenLabel.ForEach({ New-ExampleToken $_ })
        Register-KmsHsmCluster $script:LabLibrary -TokenLabel $TokenLabel
    }

    # A cluster with backups; a key of it has the alias that examples name.
    function New-ExampleBackup {
        $backedUp = New-ExampleCluster first
        New-ExampleConnectedStore $backedUp
        $inHsm = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId (Get-KmsCustomKeyStore).CustomKeyStoreId
        Update-KmsAlias -AliasName alias/orders -TargetKeyId $inHsm.KeyId
        $null = Backup-KmsHsmCluster $backedUp.ClusterId
        $null = Backup-KmsHsmCluster $backedUp.ClusterId -VendorReference 'tape 1'
        $backedUp
    }

    function New-ExampleConnectedStore($Cluster) {
        New-KmsCustomKeyStore Lab -CloudHsmClusterId $Cluster.ClusterId -TrustAnchorCertificate $Cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1' |
            Connect-KmsCustomKeyStore
    }

    function New-ExampleKeyStore {
        New-ExampleTokenFolder
        New-LabKeyStore Lab
    }

    function New-ExampleCertificate {
        $ec = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $name = [Security.Cryptography.X509Certificates.X500DistinguishedName]::new('CN=localhost')
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new($name, $ec, 'SHA256')
        $certificate = $request.CreateSelfSigned([datetimeoffset]::UtcNow.AddDays(-1), [datetimeoffset]::UtcNow.AddDays(1))
        Set-Content ./kms.pem $certificate.ExportCertificatePem()
        Set-Content ./kms.key $ec.ExportPkcs8PrivateKeyPem()
        if (-not $IsWindows) { chmod 600 ./kms.key }
    }

    function New-ExampleSecretFile($Path, $Text) {
        Set-Content $Path $Text
        if (-not $IsWindows) { chmod 600 $Path }
    }

    # A store in ./lab that is sealed.
    function New-ExampleSeal {
        $null = Connect-Kms ./lab
        Protect-KmsStore (ConvertTo-LabPin 'kmsPswd1') 3>$null
    }

    # A backup of a store in ./lab, and its passphrase.
    function New-ExampleStoreBackup {
        $null = Connect-Kms ./lab
        New-ExampleSecretFile ./passphrase.txt 'correct horse'
        $null = Backup-KmsStore ./lab.kmsbackup -PassphraseFile ./passphrase.txt
        $null = Connect-Kms ./other
    }

    # The database that examples name by its servers.
    function New-ExampleDatabase {
        if (-not (Test-LabPostgreSql)) { Set-ItResult -Skipped -Because 'PostgreSQL is not installed' }
        New-LabDatabase
    }

    function New-ExampleHsmSeal {
        New-ExampleTokenFolder
        New-ExampleToken lab
        New-ExampleSecretFile ./hsm-pin 'kmsPswd1'
        $null = Connect-Kms ./lab
        Protect-KmsStore -Hsm "pkcs11:token=lab?module-path=$script:LabLibrary" -PinFile ./hsm-pin
    }

    # What opens pages on a desktop: here, nothing.
    function New-ExampleOpener {
        Set-Content ./xdg-open "#!/bin/sh`nexit 0"
        chmod +x ./xdg-open
        $env:PATH = "$PWD$([IO.Path]::PathSeparator)$env:PATH"
    }

    # The passwords that examples ask for.
    function Read-Host([switch] $AsSecureString) { ConvertTo-LabPin 'kmsPswd1' }
}

AfterAll {
    Disconnect-Kms
}

Describe 'The examples' {
    It 'are those of every cmdlet, as Get-Help shows them' {
        $all = @(Get-HelpExample $module)
        $all.Name | Sort-Object -Unique | Should -Be ((Get-Command -Module KmsTools -CommandType Cmdlet).Name | Sort-Object)
        ($all | Where-Object Name -EQ 'New-KmsKey').Code | Should -BeExactly (Get-Help New-KmsKey -Full).examples.example.code
    }
}

Describe 'The example of <Name> (<Number>)' -ForEach $examples {
    BeforeAll {
        $variables = @{}
        Get-ChildItem env: | ForEach-Object { $variables[$_.Name] = $_.Value }
        Push-Location (New-Item -ItemType Directory "TestDrive:/$Name-$Number").FullName
        $null = Connect-Kms -Temporary -SimulatedClock
    }

    AfterAll {
        if (Get-KmsEndpoint) { Stop-KmsEndpoint }
        if (Get-KmsXksProxy) { Stop-KmsXksProxy }

        # It holds for the process, and for those that later tests start.
        Disable-KmsRehearsal
        Disconnect-Kms
        Pop-Location

        # What an example puts into the environment is not that of the tests that come later.
        Get-ChildItem env: | Where-Object { -not $variables.ContainsKey($_.Name) } | Remove-Item
        foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
    }

    It 'runs' {
        if ($Code -match '(?m)^aws ' -and -not (Get-Command aws -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'the AWS CLI is not installed'
        }

        $needs = $script:Needs["$Name $Number"] ?? $script:Needs[$Name] ?? {}
        $ConfirmPreference = 'None'
        $ErrorActionPreference = 'Stop'
        $key = New-KmsKey -Description 'Order data'
        New-KmsAlias -AliasName alias/orders -TargetKeyId $key.KeyId
        . $needs
        $multiRegionKey ??= $Code.Contains($script:MultiRegionKeyIdOfExamples) ? (New-KmsKey -MultiRegion $true) : $null
        $accessKey = $Code.Contains('AKIAIOSFODNN7EXAMPLE') ? (New-KmsAccessKey alice).AccessKeyId : ''
        $text = $Code.Replace($script:KeyIdOfExamples, $key.KeyId).
            Replace($script:MultiRegionKeyIdOfExamples, "$($multiRegionKey.KeyId)").
            Replace($script:KeyStoreIdOfExamples, "$store").
            Replace($script:ClusterIdOfExamples, "$($cluster.ClusterId)").
            Replace($script:LibraryOfExamples, "$script:LabLibrary").
            Replace('AKIAIOSFODNN7EXAMPLE', $accessKey).
            Replace('/tmp/', "$PWD/")
        if ($database) { $text = $text -replace 'Host=db1\.example\.com(,db2\.example\.com)?;Database=kms', $database.Place }

        # What watches until Ctrl+C is left after a second.
        $text = $text -replace '^Watch-KmsEvent(?!.*-Timeout)', 'Watch-KmsEvent -Timeout 1s' -replace '-Timeout 1m', '-Timeout 1s'
        $output = . ([scriptblock]::Create($text)) 3>&1
        $output | Where-Object { $_ -is [Management.Automation.WarningRecord] } | Should -BeNullOrEmpty
    }
}
