BeforeAll {
    Import-Module $env:KMSTOOLS_TEST_MODULE -Force
    . "$PSScriptRoot/../../Support.ps1"
    . "$PSScriptRoot/../../LabXks.ps1"
    $null = Connect-Kms -Temporary -SimulatedClock
    $proxy = New-LabXksProxy lab.example.com
}

AfterAll {
    $proxy.Dispose()
    Disconnect-Kms
}

Describe 'Set-KmsXksProxyAddress' {
    It 'sets what is given, and what AWS has for the rest' {
        $address = Set-KmsXksProxyAddress XKS.example.com
        $address | Should -BeOfType ([KmsTools.XksProxyAddress])
        $address.HostName | Should -BeExactly 'xks.example.com'
        $address.Address, $address.Port, $address.TimeoutInMilliseconds, $address.TrustAnchors.Length | Should -Be $null, 443, 250, 0
        $address = Set-KmsXksProxyAddress xks.example.com 10.0.0.1 -Port 8443
        $address.Address, $address.Port, $address.TimeoutInMilliseconds | Should -Be '10.0.0.1', 8443, 250
    }

    It 'keeps what is not given, and forgets what is $null' {
        $null = Set-KmsXksProxyAddress keeps.example.com -Address proxy -Port 1 -TrustAnchor $proxy.Pem -ClientCertificatePath ./client.pem
        $address = Set-KmsXksProxyAddress keeps.example.com -TimeoutInMilliseconds 500
        $address.Address, $address.Port, $address.TrustAnchors.Length, $address.TimeoutInMilliseconds | Should -Be 'proxy', 1, 1, 500
        $address.ClientCertificatePath | Should -BeExactly (Join-Path $PWD client.pem)
        $address = Set-KmsXksProxyAddress keeps.example.com -Address $null -TrustAnchor $null -ClientCertificatePath $null
        $address.Address, $address.ClientCertificatePath, $address.TrustAnchors.Length, $address.Port | Should -Be $null, $null, 0, 1
    }

    It 'takes an endpoint, the configuration of a store, and its own output' {
        (Set-KmsXksProxyAddress https://endpoint.example.com/ -Port 2).HostName | Should -BeExactly 'endpoint.example.com'
        ([pscustomobject] @{ UriEndpoint = 'https://piped.example.com' } | Set-KmsXksProxyAddress -Port 3).HostName | Should -BeExactly 'piped.example.com'
        $before = Get-KmsXksProxyAddress lab.example.com
        $after = $before | Set-KmsXksProxyAddress -TimeoutInMilliseconds 400
        $after.TrustAnchors | Should -BeExactly $before.TrustAnchors
        $after.Port | Should -Be $before.Port
        $null = $before | Set-KmsXksProxyAddress
    }

    It 'reads certificates of files and of text, without keys that are beside them' {
        $other = [LabXksProxy]::new('other.example.com')
        Set-Content "$TestDrive/roots.pem" $proxy.Pem, '-----BEGIN PRIVATE KEY-----', 'AAAA', '-----END PRIVATE KEY-----', $other.Pem
        $address = Set-KmsXksProxyAddress files.example.com -TrustAnchor "$TestDrive/roots.pem", $other.Pem
        $address.TrustAnchors.ForEach({ $_.Trim() }) | Should -BeExactly $proxy.Pem, $other.Pem, $other.Pem
        $address | Format-List | Out-String -Width 200 | Should -Match 'TrustAnchors\s+: CN=lab\.example\.com, until 20'
        $address | Format-List | Out-String -Width 200 | Should -Not -Match 'BEGIN|PRIVATE'
        $other.Dispose()
    }

    It 'refuses <What>, and changes nothing' -ForEach @(
        @{ What = 'a port'; Set = @{ Port = 0 }; Message = 'Port 0 is not between 1 and 65535.' }
        @{ What = 'a timeout'; Set = @{ TimeoutInMilliseconds = 49 }; Message = 'The timeout is 50 to 30000 milliseconds, not 49.' }
        @{ What = 'an address'; Set = @{ Address = 'a b' }; Message = "'a b' is neither a host name nor an IP address." }
        @{ What = 'text that is no certificate'; Set = @{ TrustAnchor = "-----BEGIN CERTIFICATE-----`nAAAA`n-----END CERTIFICATE-----" }; Message = 'A trust anchor is not a certificate in PEM: *' }
    ) {
        foreach ($more in @{}, @{ WhatIf = $true }) {
            $refusal = Get-ErrorOf { Set-KmsXksProxyAddress lab.example.com @Set @more -ErrorAction Stop }
            $refusal.ErrorDetails.Message | Should -BeLike $Message
            $refusal.Exception.Message | Should -BeLike $Message
        }

        (Get-KmsXksProxyAddress lab.example.com).Port | Should -Be $proxy.Port
    }

    It 'refuses a name that is none, and a file without a certificate' {
        (Get-ErrorOf { Set-KmsXksProxyAddress 'a b' }).ErrorDetails.Message | Should -BeExactly "'a b' is not a host name."
        Get-ErrorCode (Get-ErrorOf { Set-KmsXksProxyAddress lab.example.com -TrustAnchor "$TestDrive/none.pem" }) | Should -Be 'FileNotFound'
        Set-Content "$TestDrive/text.pem" 'text'
        (Get-ErrorOf { Set-KmsXksProxyAddress lab.example.com -TrustAnchor "$TestDrive/text.pem" }).ErrorDetails.Message | Should -BeLike "'*text.pem' has no certificate in PEM."
    }

    It 'says with -WhatIf what it would do' {
        Get-WhatIf { Set-KmsXksProxyAddress what.example.com -Address 127.0.0.1 -Port 8443 -TrustAnchor $proxy.Pem -WhatIf } |
            Should -BeExactly 'What if: Reach proxies at what.example.com by 127.0.0.1, port 8443, within 250 milliseconds, and trust 1 root certificate'
        (Get-KmsXksProxyAddress).HostName | Should -Not -Contain 'what.example.com'
    }

    It 'completes the hosts of external key stores' {
        $parameters = Get-LabXksParameter lab.example.com
        $null = New-KmsCustomKeyStore outside @parameters
        (TabExpansion2 'Set-KmsXksProxyAddress la').CompletionMatches.CompletionText | Should -BeExactly 'lab.example.com'
        Remove-KmsXksProxyAddress lab.example.com
        (TabExpansion2 'Set-KmsXksProxyAddress la').CompletionMatches.ToolTip | Should -BeExactly 'outside'
        TabExpansion2 'Get-KmsXksProxyAddress la' | ForEach-Object CompletionMatches | Should -BeNullOrEmpty
    }
}
