# External key stores in tests: a proxy in this process, and stores on it.

if (-not ('LabXksProxy' -as [type])) {
    Add-Type -Path "$PSScriptRoot/LabXksProxy.cs" -ReferencedAssemblies @(
        'System.Collections', 'System.Collections.Concurrent', 'System.Linq', 'System.Net.Primitives', 'System.Net.Security', 'System.Net.Sockets'
        'System.Runtime', 'System.Security.Cryptography', 'System.Text.Json', 'System.Console', 'System.Memory', 'netstandard'
    ) -CompilerOptions '/nullable:enable'
}

$script:LabXksSecret = 'PleaseReplaceThisWithSomeSecretOfLength43To64'

# A proxy for a host, which is reached where it listens. Tests on busy machines give it more time than AWS does.
function New-LabXksProxy([string] $HostName = 'xks.example.com') {
    $proxy = [LabXksProxy]::new($HostName)
    $null = Set-KmsXksProxyAddress $HostName -Address 127.0.0.1 -Port $proxy.Port -TrustAnchor $proxy.Pem -TimeoutInMilliseconds 20000
    $proxy
}

# What New-KmsCustomKeyStore needs for a store on such a proxy.
function Get-LabXksParameter([string] $HostName = 'xks.example.com') {
    @{
        CustomKeyStoreType                                  = 'EXTERNAL_KEY_STORE'
        XksProxyConnectivity                                = 'PUBLIC_ENDPOINT'
        XksProxyUriEndpoint                                 = "https://$HostName"
        XksProxyUriPath                                     = '/example/kms/xks/v1'
        XksProxyAuthenticationCredential_AccessKeyId        = 'ABCDEFGHIJKLMNOPQRST'
        XksProxyAuthenticationCredential_RawSecretAccessKey = ConvertTo-LabSecret $script:LabXksSecret
    }
}

function ConvertTo-LabSecret([string] $Text) {
    $secret = [securestring]::new()
    $Text.ToCharArray().ForEach({ $secret.AppendChar($_) })
    $secret
}

function New-LabExternalKeyStore([string] $Name = 'outside', [switch] $Connected) {
    $parameters = Get-LabXksParameter
    $id = New-KmsCustomKeyStore $Name @parameters
    if ($Connected) {
        Connect-KmsCustomKeyStore $id
    }

    $id
}
