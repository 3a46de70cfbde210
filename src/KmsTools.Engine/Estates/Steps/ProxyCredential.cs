using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>The credential of a proxy, as requests have it.</summary>
internal static class ProxyCredential
{
    /// <summary>The credential; the user may be asked for its secret.</summary>
    public static XksProxyAuthenticationCredential Of(EstateRun run, EstateKeyStore store, EstateProxy proxy) => new()
    {
        AccessKeyId = proxy.AccessKeyId.Value,
        RawSecretAccessKey = run.Secrets.Get(proxy.Secret!, EstateSecrets.SecretAccessKeyOf(store.Name.Value)),
    };

    /// <summary>The credential with a stand-in for its secret, so that the rest of a request can be checked.</summary>
    public static XksProxyAuthenticationCredential WithStandIn(EstateProxy proxy) => new()
    {
        AccessKeyId = proxy.AccessKeyId.Value,
        RawSecretAccessKey = new string('A', 43),
    };
}
