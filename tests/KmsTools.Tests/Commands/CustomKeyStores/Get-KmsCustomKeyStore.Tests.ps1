BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $first, $second = (New-LabKeyStore 'get-store-1'), (New-LabKeyStore 'get-store-2')
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Get-KmsCustomKeyStore' {
    It 'lists all stores' {
        (Get-KmsCustomKeyStore).CustomKeyStoreName | Sort-Object | Should -Be 'get-store-1', 'get-store-2'
    }

    It 'finds one by ID, from the pipeline and by name' {
        (Get-KmsCustomKeyStore $first).CustomKeyStoreName | Should -Be 'get-store-1'
        ($second, $first | Get-KmsCustomKeyStore).CustomKeyStoreName | Should -Be 'get-store-2', 'get-store-1'
        (Get-KmsCustomKeyStore -CustomKeyStoreName get-store-2).CustomKeyStoreId | Should -Be $second
    }

    It 'tells what a store is' {
        $entry = Get-KmsCustomKeyStore $first
        $entry.CustomKeyStoreId | Should -Match '^cks-[0-9a-f]{17}$'
        $entry.CustomKeyStoreType | Should -Be 'AWS_CLOUDHSM'
        $entry.ConnectionState | Should -Be 'DISCONNECTED'
        $entry.ConnectionErrorCode | Should -BeNullOrEmpty
        $entry.CreationDate | Should -Be (Get-KmsClock).UtcNow
        $entry.TrustAnchorCertificate | Should -Be (Get-KmsHsmCluster $entry.CloudHsmClusterId).TrustAnchorCertificate
    }

    It 'never shows the password' {
        $entry = Get-KmsCustomKeyStore $first
        @(Get-PropertyName $entry) -match 'Password' | Should -BeNullOrEmpty
        ($entry | Format-List * | Out-String) + ($entry | ConvertTo-Json) | Should -Not -Match 'kmsPswd1'
    }

    It 'pages' {
        (Get-KmsCustomKeyStore -Limit 1).CustomKeyStoreId | Should -Be (Get-KmsCustomKeyStore).CustomKeyStoreId
        $page = Get-KmsCustomKeyStore -Limit 1 -NoAutoIteration -Select *
        $page.Truncated | Should -BeTrue
        @(Get-KmsCustomKeyStore -Marker $page.NextMarker).Count | Should -Be 1
        (Get-KmsCustomKeyStore -Marker $page.NextMarker).CustomKeyStoreId | Should -Not -Be $page.CustomKeyStores.CustomKeyStoreId
    }

    It 'has none in another Region' {
        Get-KmsCustomKeyStore -Region eu-west-1 | Should -BeNullOrEmpty
    }

    It 'refuses a name that does not exist' {
        $refusal = Get-ErrorOf { Get-KmsCustomKeyStore -CustomKeyStoreName none }
        $refusal.FullyQualifiedErrorId | Should -Be 'CustomKeyStoreNotFoundException,KmsTools.Commands.GetKmsCustomKeyStoreCommand'
        $refusal.Exception.Message | Should -BeExactly 'Custom key store none does not exist.'
        $refusal.TargetObject | Should -Be 'none'
    }
}
