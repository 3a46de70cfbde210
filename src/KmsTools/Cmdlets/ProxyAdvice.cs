using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>What a user of PowerShell can do about errors of external key stores, their proxies and their external keys.</summary>
internal static class ProxyAdvice
{
    private const string NewCredential = "-XksProxyAuthenticationCredential_AccessKeyId ... "
        + "-XksProxyAuthenticationCredential_RawSecretAccessKey (Read-Host -AsSecureString)";

    /// <summary>What to do about an error code of external key stores, whatever its cause; null for another code.</summary>
    public static string? OfCode(string errorCode) => errorCode switch
    {
        "XksKeyAlreadyInUseException" => "Give another external key with -XksKeyId.",
        "XksKeyNotFoundException" => "Give the ID of an external key that the proxy knows with -XksKeyId.",
        "XksKeyInvalidConfigurationException" =>
            "Give an external key with -XksKeyId that is an enabled AES-256 key, and can encrypt and decrypt.",
        "XksProxyUriInUseException" =>
            "Get-KmsCustomKeyStore shows the store that has this proxy. Give another path with -XksProxyUriPath, or another endpoint.",
        "XksProxyUriEndpointInUseException" =>
            "Give another endpoint with -XksProxyUriEndpoint. Get-KmsCustomKeyStore shows those that are taken.",
        "XksProxyVpcEndpointServiceInUseException" =>
            "Give another service with -XksProxyVpcEndpointServiceName. Get-KmsCustomKeyStore shows those that are taken.",
        "XksProxyVpcEndpointServiceNotFoundException" =>
            "Get-KmsVpcEndpointService shows the services of this store, and Set-KmsVpcEndpointService registers one.",
        "XksProxyVpcEndpointServiceInvalidConfigurationException" => "Set-KmsVpcEndpointService changes the service.",
        "XksProxyIncorrectAuthenticationCredentialException" => $"Give the credential that the proxy knows: {NewCredential}",
        "XksProxyInvalidConfigurationException" => "Give the path that the proxy has with -XksProxyUriPath.",
        "XksProxyInvalidResponseException" => "Get-KmsEvent -Last 1 shows what the proxy answered, and its log shows why.",
        "XksProxyUriUnreachableException" =>
            "Get-KmsXksProxyAddress shows how the hosts of proxies are reached, and Set-KmsXksProxyAddress changes it.",
        _ => null,
    };

    /// <summary>What to do about the cause of an error of an external key store; null for another cause.</summary>
    /// <param name="error">The error.</param>
    /// <param name="store">The external key store, if it is known.</param>
    public static string? OfCause(KmsException error, CustomKeyStore? store = null)
    {
        string host = store?.Proxy?.Host ?? "<host>";
        string id = store?.CustomKeyStoreId ?? error.CustomKeyStoreId ?? "<id>";
        string? advice = error.Cause switch
        {
            ErrorCause.ProxyUnreachable when error.InnerException is XksException { Failure: var failure } && Answered(failure) =>
                "Try again once it does what it is asked for; its log shows why it does not. Get-KmsEvent -Last 1 shows what it said.",
            ErrorCause.ProxyUnreachable => Reach(host),
            ErrorCause.ProxyNotTrusted => Trust(host),
            ErrorCause.ProxySettingsWrong => store is null
                ? $"Give what the proxy knows: its path with -XksProxyUriPath, or its credential with {NewCredential}"
                : $"Give the store what the proxy knows: Update-KmsCustomKeyStore {id} -XksProxyUriPath ..., or {NewCredential}",
            ErrorCause.ProxyFaulty => "Get-KmsEvent -Last 1 shows what the proxy answered; its log shows why.",
            ErrorCause.ExternalKeyNotUsable =>
                "In the external key manager, the key must exist, be enabled, and be allowed to encrypt and decrypt for this credential. "
                    + "A KMS key stays with its external key; New-KmsKey -XksKeyId makes one for another.",
            ErrorCause.ExternalCiphertextInvalid =>
                "Give the encryption context of the encryption with -EncryptionContext. If it is the right one, the ciphertext was changed, "
                    + "or the external key is another one than at the encryption.",
            ErrorCause.VpcEndpointServiceNotUsable =>
                "Get-KmsVpcEndpointService shows the services that are registered; Set-KmsVpcEndpointService registers one, or changes it.",
            _ => null,
        };

        // What was found; the message of AWS KMS says only what may be wrong.
        return advice is not null && error.InnerException is XksException found
            ? $"{found.Message}{(found.Message.EndsWith('.') ? "" : ".")} {advice}"
            : advice;
    }

    /// <summary>The commands that make an external key store work again whose last connect failed.</summary>
    /// <param name="store">The store.</param>
    /// <param name="proxy">Its proxy.</param>
    /// <param name="again">The commands that disconnect and connect it.</param>
    public static string Reconnection(CustomKeyStore store, ExternalKeyStoreProxy proxy, string again)
    {
        string id = store.CustomKeyStoreId;
        return store.ConnectionErrorCode switch
        {
            ConnectionErrorCodeType.INVALID_CREDENTIALS => $"Disconnect-KmsCustomKeyStore {id}; "
                + $"Update-KmsCustomKeyStore {id} {NewCredential}; Connect-KmsCustomKeyStore {id}",
            ConnectionErrorCodeType.XKS_PROXY_INVALID_CONFIGURATION => $"Disconnect-KmsCustomKeyStore {id}; "
                + $"Update-KmsCustomKeyStore {id} -XksProxyUriPath ...; Connect-KmsCustomKeyStore {id}",
            ConnectionErrorCodeType.XKS_PROXY_NOT_REACHABLE or ConnectionErrorCodeType.XKS_PROXY_TIMED_OUT
                or ConnectionErrorCodeType.NETWORK_ERRORS => $"{Reach(proxy.Host)} Once the proxy answers: {again}",
            ConnectionErrorCodeType.XKS_PROXY_INVALID_TLS_CONFIGURATION => $"{Trust(proxy.Host)} Then: {again}",
            ConnectionErrorCodeType.XKS_PROXY_ACCESS_DENIED =>
                $"The proxy must allow its access key to this store; its log shows what it denied. Then: {again}",
            ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE => $"The log of the proxy shows why it answered so. Then: {again}",
            ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND
                or ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION =>
                $"Set-KmsVpcEndpointService {proxy.VpcEndpointServiceName} -PrivateDnsName {proxy.Host}; {again}",
            _ => again,
        };
    }

    // The proxy itself was reached.
    private static bool Answered(XksFailure failure) => failure is XksFailure.Internal or XksFailure.DependencyTimeout
        or XksFailure.KeyManagersUnavailable or XksFailure.Throttling;

    private static string Reach(string host) =>
        $"Get-KmsXksProxyAddress shows how its host is reached; Set-KmsXksProxyAddress {host} -Address ... -Port ... changes it, and "
            + "-TimeoutInMilliseconds gives the proxy more time.";

    private static string Trust(string host) =>
        $"If its certificate is of an authority of your own: Set-KmsXksProxyAddress {host} -TrustAnchor <file with its root in PEM>.";
}
