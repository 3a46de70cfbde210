BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $name = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0'
}

AfterAll {
    Disconnect-Kms
}

Describe 'Set-KmsVpcEndpointService' {
    It 'registers a service that AWS KMS accepts, and keeps what is not given' {
        $service = Set-KmsVpcEndpointService $name xks.example.com
        $service | Should -BeOfType ([KmsTools.VpcEndpointService])
        $service.PrivateDnsName, $service.Owner, $service.IsDomainVerified, $service.AvailabilityZones, $service.AcceptanceRequired, $service.AllowedPrincipals |
            Should -Be 'xks.example.com', '111122223333', $true, 2, $false, $null
        $service = Get-KmsVpcEndpointService | Set-KmsVpcEndpointService -AvailabilityZoneCount 1 -AllowedPrincipal a, b -Owner 444455556666
        $service.AvailabilityZones, $service.PrivateDnsName, $service.Owner | Should -Be 1, 'xks.example.com', '444455556666'
        $service.AllowedPrincipals | Should -BeExactly 'a', 'b'
        $service = Set-KmsVpcEndpointService $name -AllowedPrincipal $null -PrivateDnsName $null -AcceptanceRequired $true -IsDomainVerified $false
        $service.AllowedPrincipals, $service.PrivateDnsName, $service.AcceptanceRequired, $service.IsDomainVerified | Should -Be $null, $null, $true, $false
        (Set-KmsVpcEndpointService $name -AllowedPrincipal @()).AllowedPrincipals.Length | Should -Be 0
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a name'; Set = @{ ServiceName = 'vpce-svc-1' }; Message = "'vpce-svc-1' is not the name of a VPC endpoint service, such as *" }
        @{ What = 'a number of zones'; Set = @{ AvailabilityZoneCount = 7 }; Message = 'The number of Availability Zones is 0 to 6, not 7.' }
        @{ What = 'a private DNS name'; Set = @{ PrivateDnsName = 'a b' }; Message = "'a b' is not a host name." }
        @{ What = 'a principal'; Set = @{ AllowedPrincipal = 'a b' }; Message = 'An allowed principal is empty or has white space.' }
    ) {
        $with = $Set.ServiceName ? $Set : ($Set + @{ ServiceName = $name })
        (Get-ErrorOf { Set-KmsVpcEndpointService @with }).ErrorDetails.Message | Should -BeLike $Message
    }

    It 'says with -WhatIf what it would do' {
        $other = $name -replace '0$', '1'
        Get-WhatIf { Set-KmsVpcEndpointService $other xks.example.com -WhatIf } |
            Should -BeExactly "What if: Register the VPC endpoint service $other with the private DNS name xks.example.com"
        (Get-KmsVpcEndpointService).ServiceName | Should -BeExactly $name
    }

    It 'decides what a key store is created with' {
        $with = @{
            CustomKeyStoreType = 'EXTERNAL_KEY_STORE'; XksProxyConnectivity = 'VPC_ENDPOINT_SERVICE'; XksProxyUriEndpoint = 'https://xks.example.com'
            XksProxyUriPath = '/kms/xks/v1'; XksProxyVpcEndpointServiceName = $name; XksProxyAuthenticationCredential_AccessKeyId = 'ABCDEFGHIJKLMNOPQRST'
            XksProxyAuthenticationCredential_RawSecretAccessKey = 'PleaseReplaceThisWithSomeSecretOfLength43To64'; WarningAction = 'Ignore'
        }
        $null = Set-KmsVpcEndpointService $name xks.example.com -Owner 111122223333 -AllowedPrincipal $null -AvailabilityZoneCount 1 -AcceptanceRequired $false -IsDomainVerified $true
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore vpc @with }
        Get-ErrorCode $refusal | Should -Be 'XksProxyVpcEndpointServiceInvalidConfigurationException'
        $refusal.ErrorDetails.Message | Should -BeLike '*must have subnets in at least two Availability Zones.'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike '*Set-KmsVpcEndpointService registers one, or changes it.'
        $null = Set-KmsVpcEndpointService $name -AvailabilityZoneCount 2
        $with.XksProxyVpcEndpointServiceName = $name -replace '0$', '1'
        $refusal = Get-ErrorOf { New-KmsCustomKeyStore vpc @with }
        Get-ErrorCode $refusal | Should -Be 'XksProxyVpcEndpointServiceNotFoundException'
        $refusal.ErrorDetails.RecommendedAction | Should -BeLike "Did you mean ${name}? *"
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $with.XksProxyVpcEndpointServiceName = $name
        $id = New-KmsCustomKeyStore vpc @with
        Get-KmsCustomKeyStore $id | Format-List | Out-String -Width 200 |
            Should -Match "XksProxyConfiguration : https://xks.example.com/kms/xks/v1 \(VPC_ENDPOINT_SERVICE, $name\)"
        $null = Set-KmsVpcEndpointService $name -AcceptanceRequired $true
        $warnings = Connect-KmsCustomKeyStore $id 3>&1
        (Get-KmsCustomKeyStore $id).ConnectionErrorCode | Should -Be 'XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION'
        "$warnings" | Should -BeLike "*Set-KmsVpcEndpointService $name -PrivateDnsName xks.example.com; Disconnect-KmsCustomKeyStore $id; Connect-KmsCustomKeyStore $id"
    }
}
