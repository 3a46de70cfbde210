BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../Lab.ps1"
    $lab = New-LabFolder
    $null = Connect-Kms -Temporary -SimulatedClock
    $cluster = New-LabCluster 'new-store'
    $new = @{ CloudHsmClusterId = $cluster.ClusterId; TrustAnchorCertificate = $cluster.TrustAnchorCertificate }
}

AfterAll {
    Disconnect-Kms
    Remove-LabFolder $lab
}

Describe 'New-KmsCustomKeyStore' {
    AfterEach {
        Get-KmsCustomKeyStore | Remove-KmsCustomKeyStore -Force
    }

    It 'writes the ID' {
        $id = New-KmsCustomKeyStore payroll @new -KeyStorePassword 'kmsPswd1'
        $id | Should -BeOfType string
        $id | Should -Match '^cks-[0-9a-f]{17}$'
        (Get-KmsCustomKeyStore $id).CustomKeyStoreName | Should -Be 'payroll'
    }

    It 'takes the password as <Kind>' -ForEach @(
        @{ Kind = 'SecureString'; Password = { ConvertTo-LabPin 'kmsPswd1' } }
        @{ Kind = 'credential'; Password = { [pscredential]::new('kmsuser', (ConvertTo-LabPin 'kmsPswd1')) } }
        @{ Kind = 'text'; Password = { 'kmsPswd1' } }
    ) {
        $id = New-KmsCustomKeyStore payroll @new -KeyStorePassword (& $Password)
        Connect-KmsCustomKeyStore $id
        (Get-KmsCustomKeyStore $id).ConnectionState | Should -Be 'CONNECTED'
        Disconnect-KmsCustomKeyStore $id
    }

    It 'takes the name from the pipeline' {
        'piped' | New-KmsCustomKeyStore @new -KeyStorePassword 'kmsPswd1' -Select ^CustomKeyStoreName | Should -Be 'piped'
        (Get-KmsCustomKeyStore).CustomKeyStoreName | Should -Be 'piped'
    }

    It 'keeps the password out of messages, errors and events' {
        $said = New-KmsCustomKeyStore payroll @new -KeyStorePassword 'hunter2Pswd' -Verbose 4>&1
        "$said" | Should -BeLike "Create custom key store 'payroll' on $($cluster.ClusterId)*"
        "$said" | Should -Not -Match 'hunter2'
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore payroll @new -KeyStorePassword ('hunter2' * 5) }
        Get-ErrorCode $refusal | Should -Be 'ValidationException'
        "$($refusal.Exception.Message) $($refusal.ErrorDetails)" | Should -Not -Match 'hunter2'
        $events = (Get-KmsEvent -EventName CreateCustomKeyStore).CloudTrailEvent -join "`n"
        $events | Should -Match $cluster.ClusterId
        $events | Should -Not -Match 'hunter2|kmsPswd1'
    }

    It 'creates nothing with -WhatIf' {
        New-KmsCustomKeyStore payroll @new -KeyStorePassword 'kmsPswd1' -WhatIf | Should -BeNullOrEmpty
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
    }

    It 'refuses a cluster that is not registered' {
        $refusal = Get-ErrorOf {
            New-KmsCustomKeyStore payroll -CloudHsmClusterId cluster-abcdefghijk -TrustAnchorCertificate $cluster.TrustAnchorCertificate -KeyStorePassword 'kmsPswd1'
        }
        $refusal.FullyQualifiedErrorId | Should -Be 'CloudHsmClusterNotFoundException,KmsTools.Commands.NewKmsCustomKeyStoreCommand'
        $refusal.TargetObject | Should -Be 'payroll'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'Register-KmsHsmCluster *'
    }

    It 'takes the certificate of the cluster, by its ID and as an object, and asks for what else is missing' {
        New-KmsCustomKeyStore payroll -CloudHsmClusterId $cluster.ClusterId -KeyStorePassword 'kmsPswd1' | Remove-KmsCustomKeyStore -Force
        New-KmsCustomKeyStore payroll -CloudHsmClusterId $cluster -KeyStorePassword 'kmsPswd1' | Remove-KmsCustomKeyStore -Force
        $cluster | New-KmsCustomKeyStore payroll -KeyStorePassword 'kmsPswd1' | Should -Match '^cks-'
        "$(Get-ErrorOf { New-KmsCustomKeyStore other -CloudHsmClusterId $cluster.ClusterId })" | Should -BeExactly 'KeyStorePassword is required for CustomKeyStoreType AWS_CLOUDHSM.'
    }

    It 'names a cluster that is not registered, not what cannot be known of it' {
        $id = $cluster.ClusterId -replace '.$', ($cluster.ClusterId[-1] -eq 'a' ? 'b' : 'a')
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore payroll -CloudHsmClusterId $id }
        $refusal.FullyQualifiedErrorId | Should -Be 'CloudHsmClusterNotFoundException,KmsTools.Commands.NewKmsCustomKeyStoreCommand'
        "$refusal" | Should -BeExactly "CloudHSM cluster $id does not exist."
        $refusal.ErrorDetails.RecommendedAction | Should -BeExactly "Did you mean $($cluster.ClusterId)? Get-KmsHsmCluster shows the clusters."
    }

    It 'refuses another certificate, a cluster in use and a name in use' {
        Get-ErrorCode (Get-ErrorOf { New-KmsCustomKeyStore payroll -CloudHsmClusterId $cluster.ClusterId -TrustAnchorCertificate x -KeyStorePassword 'kmsPswd1' }) |
            Should -Be 'IncorrectTrustAnchorException'
        $null = New-KmsCustomKeyStore payroll @new -KeyStorePassword 'kmsPswd1'
        Get-ErrorCode (Get-ErrorOf { New-KmsCustomKeyStore second @new -KeyStorePassword 'kmsPswd1' }) | Should -Be 'CloudHsmClusterInUseException'
        Get-ErrorCode (Get-ErrorOf { New-KmsCustomKeyStore payroll @new -KeyStorePassword 'other1Pswd' }) | Should -Be 'CustomKeyStoreNameInUseException'
    }
}

Describe 'New-KmsCustomKeyStore of type EXTERNAL_KEY_STORE' {
    BeforeAll {
        . "$PSScriptRoot/../../LabXks.ps1"
        $proxy = New-LabXksProxy
        $outside = Get-LabXksParameter
    }

    AfterEach {
        $proxy.Error = $proxy.Metadata = $null
        Get-KmsCustomKeyStore | Where-Object ConnectionState -NE DISCONNECTED | Disconnect-KmsCustomKeyStore
        Get-KmsCustomKeyStore | Remove-KmsCustomKeyStore -Force
    }

    AfterAll {
        $proxy.Dispose()
    }

    It 'leads to keys that its proxy encrypts with too' {
        $id = New-KmsCustomKeyStore outside @outside
        $store = Get-KmsCustomKeyStore $id
        $store.CustomKeyStoreType, $store.ConnectionState, $store.XksProxyConfiguration.UriPath | Should -Be 'EXTERNAL_KEY_STORE', 'DISCONNECTED', '/example/kms/xks/v1'
        ($store | Format-Table | Out-String -Width 160 -Stream)[3].TrimEnd() | Should -BeExactly "$id outside          DISCONNECTED                             xks.example.com"
        Connect-KmsCustomKeyStore $id
        $key = New-KmsKey -Origin EXTERNAL_KEY_STORE -CustomKeyStoreId $id -XksKeyId key-1
        $key.XksKeyConfiguration.Id | Should -BeExactly 'key-1'
        $sealed = Invoke-KmsEncrypt $key.KeyId -Plaintext 'contract' -EncryptionContext @{ deal = '1' }
        Read-Text (Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob -EncryptionContext @{ deal = '1' }).Plaintext | Should -BeExactly 'contract'
        $proxy.Paths | Select-Object -Last 3 | Should -BeExactly '/example/kms/xks/v1/keys/key-1/metadata', '/example/kms/xks/v1/keys/key-1/encrypt', '/example/kms/xks/v1/keys/key-1/decrypt'
        $refusal = Get-ErrorOf { Invoke-KmsDecrypt -CiphertextBlob $sealed.CiphertextBlob -EncryptionContext @{ deal = '2' } }
        Get-ErrorCode $refusal | Should -Be 'KMSInvalidStateException'
        $null = Register-KmsKeyDeletion $key -Force -PendingWindowInDay 7
        $null = Step-KmsClock -Days 7
    }

    It 'says what to do when the proxy answers <Error>' -ForEach @(
        @{ Error = 'AuthenticationFailedException'; Code = 'XksProxyIncorrectAuthenticationCredentialException'; Category = 'AuthenticationError'; Advice = '*-XksProxyAuthenticationCredential_AccessKeyId*' }
        @{ Error = 'InvalidUriPathException'; Code = 'XksProxyInvalidConfigurationException'; Category = 'InvalidOperation'; Advice = '*-XksProxyUriPath*' }
        @{ Error = 'ThrottlingException'; Code = 'XksProxyUriUnreachableException'; Category = 'ResourceUnavailable'; Advice = '*Get-KmsEvent -Last 1*' }
        @{ Error = 'NoSuchException'; Code = 'XksProxyInvalidResponseException'; Category = 'InvalidOperation'; Advice = '*Get-KmsEvent -Last 1*' }
    ) {
        $proxy.Error = $Error
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore outside @outside }
        Get-ErrorCode $refusal | Should -Be $Code
        $refusal.CategoryInfo.Category | Should -Be $Category
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "The proxy answered with *$Advice"
        Get-KmsCustomKeyStore | Should -BeNullOrEmpty
    }

    It 'names what is wrong with the certificate, and the way to trust it' {
        $null = Set-KmsXksProxyAddress strange.example.com -Address 127.0.0.1 -Port $proxy.Port -TrustAnchor $proxy.Pem -TimeoutInMilliseconds 20000
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore outside @outside -XksProxyUriEndpoint https://strange.example.com }
        Get-ErrorCode $refusal | Should -Be 'XksProxyUriUnreachableException'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike 'No TLS session with the proxy can be made: The certificate of the proxy is for another host name.*Set-KmsXksProxyAddress * -TrustAnchor *'
    }

    It 'says which commands connect the store when the proxy is away' {
        $id = New-KmsCustomKeyStore outside @outside
        $address = Get-KmsXksProxyAddress xks.example.com
        $null = Set-KmsXksProxyAddress xks.example.com -Port 1
        $warnings = Connect-KmsCustomKeyStore $id 3>&1
        $null = $address | Set-KmsXksProxyAddress
        (Get-KmsCustomKeyStore $id).ConnectionErrorCode | Should -Be 'XKS_PROXY_NOT_REACHABLE'
        "$warnings" | Should -BeLike "*Set-KmsXksProxyAddress xks.example.com -Address ... -Port ...*Disconnect-KmsCustomKeyStore $id; Connect-KmsCustomKeyStore $id"
        Disconnect-KmsCustomKeyStore $id
        Connect-KmsCustomKeyStore $id
        $proxy.Metadata = '{"keySpec":"RSA_2048","keyUsage":["SIGN"],"keyStatus":"ENABLED"}'
        $refusal = Get-ErrorOf { New-KmsKey -Origin EXTERNAL_KEY_STORE -CustomKeyStoreId $id -XksKeyId key-2 }
        Get-ErrorCode $refusal | Should -Be 'XksKeyInvalidConfigurationException'
        $refusal.ErrorDetails.Message | Should -BeLike '*must be AES_256*RSA_2048.'
    }

    It 'keeps the secret out of messages, errors and events' {
        $said = New-KmsCustomKeyStore outside @outside -Verbose 4>&1
        "$said" | Should -BeLike "Create custom key store 'outside' on https://xks.example.com/example/kms/xks/v1*"
        $id = (Get-KmsCustomKeyStore).CustomKeyStoreId
        $proxy.Error = 'AuthenticationFailedException'
        $refusal = Get-ErrorOf { Update-KmsCustomKeyStore $id -XksProxyAuthenticationCredential_AccessKeyId ZYXWVUTSRQPONMLKJIHG -XksProxyAuthenticationCredential_RawSecretAccessKey (ConvertTo-LabSecret ('hunter2' * 8)) }
        "$said $refusal $($refusal.ErrorDetails.RecommendedAction) $($refusal.Exception)" | Should -Not -Match 'hunter2|PleaseReplace|ABCDEFGHIJKLMNOPQRST|ZYXWVUTS'
        (Get-KmsEvent).CloudTrailEvent -join "`n" | Should -Not -Match 'hunter2|PleaseReplace'
        $proxy.Error = $null
        Update-KmsCustomKeyStore $id -XksProxyAuthenticationCredential_AccessKeyId ZYXWVUTSRQPONMLKJIHG -XksProxyAuthenticationCredential_RawSecretAccessKey (ConvertTo-LabSecret ('hunter2' * 8))
        (Get-KmsCustomKeyStore $id).XksProxyConfiguration.AccessKeyId | Should -BeExactly 'ZYXWVUTSRQPONMLKJIHG'
    }
}
