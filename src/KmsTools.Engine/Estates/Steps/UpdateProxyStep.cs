using KmsTools.Operations;
using KmsTools.Validation;

namespace KmsTools.Estates;

/// <summary>Changes the proxy of an external key store: all that differs at once, because the proxy is asked with all of it.</summary>
/// <param name="Store">The key store.</param>
/// <param name="Proxy">Its proxy.</param>
/// <param name="Update">The request without the ID and the credential.</param>
/// <param name="ChangesCredential">Whether the credential is given too; the proxy then has a secret.</param>
internal sealed record UpdateProxyStep(
    EstateKeyStore Store, EstateProxy Proxy, UpdateCustomKeyStoreRequest Update, bool ChangesCredential) : EstateStep
{
    /// <inheritdoc/>
    public override void Check(EstateIds ids) => RequestShape.Of(typeof(UpdateCustomKeyStoreRequest)).Validate(Update with
    {
        CustomKeyStoreId = ids[Store],
        XksProxyAuthenticationCredential = ChangesCredential ? ProxyCredential.WithStandIn(Proxy) : null,
    });

    /// <inheritdoc/>
    public override void Apply(EstateRun run) => run.Call(Update with
    {
        CustomKeyStoreId = run.Ids[Store],
        XksProxyAuthenticationCredential = ChangesCredential ? ProxyCredential.Of(run, Store, Proxy) : null,
    });
}
