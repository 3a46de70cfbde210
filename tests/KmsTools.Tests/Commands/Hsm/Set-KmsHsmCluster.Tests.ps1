BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary
    $store = New-LabKeyStore 'set-cluster' -Connected
    $cluster = (Get-KmsHsmCluster).ClusterId
    $key = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
    $other = New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store
    Set-KmsQuota CustomKeyStoreRequests -Value 10
    Enable-KmsRequestQuota

    # How many of 20 calls, spread over both keys within one second, are answered.
    function Measure-Answer {
        do {
            Start-Sleep -Milliseconds (1010 - [datetime]::UtcNow.Millisecond)
            $second = [datetime]::UtcNow.Second
            $answered = 0
            foreach ($i in 1..10) {
                foreach ($id in $key.KeyId, $other.KeyId) {
                    try { $null = Invoke-KmsEncrypt $id -Plaintext 'x'; $answered++ }
                    catch { $script:refusal = $_ }
                }
            }
        } until ([datetime]::UtcNow.Second -eq $second)

        $answered
    }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'Set-KmsHsmCluster' {
    It 'leaves less of the quota that all keys of the key store share' {
        Measure-Answer | Should -Be 10
        Get-ErrorCode $refusal | Should -Be 'ThrottlingException'
        $refusal.Exception.Message | Should -Be 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
        (Set-KmsHsmCluster $cluster -ExternalRequestsPerSecond 7).CommandsFromElsewhere | Should -Be 7
        Measure-Answer | Should -Be 3
        $null = Set-KmsHsmCluster $cluster -CommandsFromElsewhere 11
        Measure-Answer | Should -Be 0
        $null = Get-KmsHsmCluster | Set-KmsHsmCluster -ExternalRequestsPerSecond 0
        Measure-Answer | Should -Be 10
    }

    It 'is told by -Verbose of a call' {
        $null = Set-KmsHsmCluster $cluster -ExternalRequestsPerSecond 4
        Start-Sleep -Milliseconds (1010 - [datetime]::UtcNow.Millisecond)
        $said = Invoke-KmsEncrypt $key.KeyId -Plaintext 'x' -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        "$($said[-1])" | Should -Be "Custom key store $store ('set-cluster'): 1 of 6 requests within this second."
        Start-Sleep -Milliseconds (1010 - [datetime]::UtcNow.Millisecond)
        $said = New-KmsRandom 8 -CustomKeyStoreId $store -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        "$($said[-1])" | Should -Be "Custom key store $store ('set-cluster'): 1 of 6 requests within this second."
    }

    It 'refuses to manage the password of an HSM that opens the store, and the HSM to open it the other way round' {
        $hsm = Get-KmsHsm | Select-Object -First 1
        $pin = ConvertTo-LabPin 'kmsPswd1'
        $null = Protect-KmsStore -Hsm $hsm.Uri -Pin $pin -NoRecoveryKey
        $refused = Get-ErrorOf { Set-KmsHsmCluster $cluster -ManagePassword $true }
        "$refused" | Should -BeLike "HSM '$($hsm.TokenLabel)' has a key that opens the seal of this store: pkcs11:*"
        $refused.ErrorDetails.RecommendedAction | Should -BeExactly ('Leave out -ManagePassword, or use another HSM for one of the two: ' +
            'Protect-KmsStore seals the store by something else, Unprotect-KmsStore takes its seal away.')
        Unprotect-KmsStore -Confirm:$false
        $null = Set-KmsHsmCluster $cluster -ManagePassword $true
        $refused = Get-ErrorOf { Protect-KmsStore -Hsm $hsm.Uri -Pin $pin -NoRecoveryKey }
        "$refused" | Should -BeLike "HSM '$($hsm.TokenLabel)' is in $cluster, whose password is managed: *The store was not sealed."
        $refused.ErrorDetails.RecommendedAction | Should -BeExactly ('Seal the store by an HSM that is in no such cluster, or by a ' +
            'passphrase: Protect-KmsStore (Read-Host -AsSecureString). Or let the PIN stay as it is from now on: ' +
            "Set-KmsHsmCluster $cluster -ManagePassword `$false")
        $null = Set-KmsHsmCluster $cluster -ManagePassword $false
    }

    It 'changes what is given, and nothing else' {
        $changed = Set-KmsHsmCluster $cluster -HighAvailability $true
        $changed.HighAvailability, $changed.CommandsFromElsewhere | Should -Be $true, 4
        Get-ErrorCode (Get-ErrorOf { New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId $store }) | Should -Be 'CloudHsmClusterInvalidConfigurationException'
        (Set-KmsHsmCluster $cluster -HighAvailability $false).HighAvailability | Should -BeFalse
        $null = Set-KmsHsmCluster $cluster -HighAvailability $true -WhatIf
        (Get-KmsHsmCluster $cluster).HighAvailability | Should -BeFalse
    }

    It 'says so when the cluster is not registered' {
        Get-ErrorCode (Get-ErrorOf { Set-KmsHsmCluster cluster-22222222222 -ExternalRequestsPerSecond 1 }) | Should -Be 'CloudHsmClusterNotFoundException'
    }
}
