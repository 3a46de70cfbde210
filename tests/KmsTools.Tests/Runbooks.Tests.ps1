# Runbooks written for AWS.Tools.KeyManagementService. They use nothing of this module but its import; those that import AWS.Tools themselves
# run in a rehearsal.

BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    $before = $env:KMSTOOLS_STORE
    $folder = Join-Path ([IO.Path]::GetTempPath()) "kmstools-runbooks-$([guid]::NewGuid().ToString('N'))"

    # A store of its own for each runbook, without a word about it in the runbook.
    function Invoke-Runbook([string] $Name) {
        Disconnect-Kms
        $env:KMSTOOLS_STORE = Join-Path $folder $Name
        & "$PSScriptRoot/Runbooks/$Name.ps1"
    }
}

AfterAll {
    Disconnect-Kms
    $env:KMSTOOLS_STORE = $before
    Remove-Item $folder -Recurse -Force
}

Describe 'A runbook for AWS.Tools' {
    It 'retires keys that nobody uses' {
        $output = Invoke-Runbook 'RetireUnusedKeys'
        $output[0] -split ': |, ' | Sort-Object | Should -Be 'Key of archive', 'Key of reports', 'unused'
        $output[1..2] | Sort-Object | Should -Be @(
            'PendingDeletion: Key of archive in 14 days'
            'PendingDeletion: Key of reports in 14 days'
        )
        $output[3..7] | Should -Be @(
            "refused: $((Get-KmsKey alias/archive).KeyId) is pending deletion."
            'opened: year-end report'
            'Key of billing: Enabled'
            'Key of reports (retired): PendingDeletion'
            'Key of archive (retired): Enabled'
        )
    }

    It 'brings its own key material' {
        $output = Invoke-Runbook 'BringYourOwnKey'
        $output | Should -Be @(
            'created: PendingImport'
            'imported: Enabled'
            'rotated: True'
            'year 2030: NON_CURRENT, IMPORTED'
            'year 2031: CURRENT, IMPORTED'
            'lost: PendingImport'
            "refused: $((Get-KmsKeyList).KeyId) is pending import."
            'refused: other bytes'
            'restored: Enabled'
            'opened: contract with the material of 2030: True'
        )
    }

    It 'signs, replicates, grants and authenticates' {
        Invoke-Runbook 'SignAndShare' | Should -Be @(
            'verified outside: True'
            'verified by KMS: True'
            'refused: KMSInvalidSignatureException'
            'grants: Decrypt, DescribeKey'
            'same data key in eu-west-1: True'
            'token: 32 bytes, valid: True'
            'grants left: 0'
            'primary: PendingReplicaDeletion'
            'replica: PendingDeletion'
        )
    }
}

Describe 'A runbook that imports AWS.Tools itself' {
    BeforeAll {
        . "$PSScriptRoot/Support.ps1"
        $runbooks = 'ProvisionKeys', 'InventoryKeys', 'SealSettings', 'RetireKeys', 'SignRelease'
        $null = New-Item -ItemType Directory $folder -Force

        # One process for all; AWS.Tools is installed there as well, in a version that must not be met.
        $real = New-StubModule $folder 'AWS.Tools.KeyManagementService' '4.1.9' @('New-KMSKey', 'Get-KMSKey', 'Get-KMSKeyList')
        $run = Invoke-NewPowerShell "
            `$env:PSModulePath = '$real' + [IO.Path]::PathSeparator + `$env:PSModulePath
            Import-Module '$env:KMSTOOLS_TEST_MODULE'
            Enable-KmsRehearsal
            foreach (`$name in '$($runbooks -join "', '")') {
                `$null = Connect-Kms -Temporary -SimulatedClock
                `$given = @{}
                `$runbook = Join-Path '$PSScriptRoot' Runbooks (`$name + '.ps1')
                if (`$name -in 'InventoryKeys', 'SealSettings', 'SignRelease') {
                    `$given.Folder = (New-Item -ItemType Directory (Join-Path '$folder' (`$name + '.files'))).FullName
                }

                & `$runbook @given | ForEach-Object { `$name + ': ' + `$_ }
            }" 2>&1

        function Get-Output([string] $Name) { $run -like "${Name}: *" -replace "^${Name}: " }
    }

    It 'brings keys about, once' {
        Get-Output 'ProvisionKeys' | Should -BeExactly @(
            'round 1'
            'created: alias/shop/orders'
            'rotation switched on: alias/shop/orders'
            'created: alias/shop/invoices'
            'rotation switched on: alias/shop/invoices'
            'round 2'
            'found: alias/shop/orders'
            'found: alias/shop/invoices'
            'statements: Enable IAM User Permissions, Use'
            'refused: AlreadyExistsException 400'
            'region: eu-central-1, default: eu-central-1'
        )
    }

    It 'takes stock, page by page, in CSV and JSON' {
        Get-Output 'InventoryKeys' | Should -BeExactly @(
            'pages: 3, keys: 5, at once: 5'
            'states: Disabled=1, Enabled=4'
            'without rotation: alias/inventory-0'
            'specs in JSON: ECC_NIST_P256, HMAC_256, SYMMETRIC_DEFAULT'
            'disabled in JSON: alias/inventory-3'
            'inventory-3: not usable'
        )
    }

    It 'seals settings under data keys, in Base64' {
        Get-Output 'SealSettings' | Should -BeExactly @(
            'sealed: 3 members, clear text found: False'
            'moved: True, True, SYMMETRIC_DEFAULT'
            'opened: Server=db;Password=4711, abc-123'
            'refused: not this ciphertext, or not this context'
            'refused: not this key'
        )
    }

    It 'retires keys, and goes on where one cannot be retired' {
        Get-Output 'RetireKeys' | Should -BeExactly @(
            'web: PendingDeletion 7'
            'batch: left: PendingDeletion'
            'mail: PendingDeletion 7'
            'mial: unknown'
            'refused: ValidationException, BadRequest, request 36 characters'
            'mail: Enabled'
            'asked: web=PendingDeletion, mail=Enabled'
            'region: us-west-2, others: 0'
        )
    }

    It 'signs a release' {
        Get-Output 'SignRelease' | Should -BeExactly @(
            'key: ECC_NIST_P256, ECDSA_SHA_256'
            'app.sbom: ECDSA_SHA_256, True'
            'app.zip: ECDSA_SHA_256, True'
            'outside: True'
            'changed: KMSInvalidSignatureException'
        )
    }

    It 'never meets AWS, and says nothing else' {
        $run | Where-Object { $_ -notmatch "^($($runbooks -join '|')): " } | Should -BeNullOrEmpty
    }
}
