# Runbooks written for AWS.Tools.KeyManagementService. They use nothing of this module but its import.

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
