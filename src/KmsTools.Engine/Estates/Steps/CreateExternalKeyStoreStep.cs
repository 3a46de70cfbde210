using KmsTools.Operations;
using KmsTools.Validation;

namespace KmsTools.Estates;

/// <summary>Creates an external key store. The secret is obtained when it is needed, because the user may be asked for it.</summary>
/// <param name="Store">The key store.</param>
/// <param name="Proxy">Its proxy, which has a secret.</param>
/// <param name="Create">The request without the credential.</param>
internal sealed record CreateExternalKeyStoreStep(EstateKeyStore Store, EstateProxy Proxy, CreateCustomKeyStoreRequest Create) : EstateStep
{
    /// <inheritdoc/>
    public override void Check(EstateIds ids) => RequestShape.Of(typeof(CreateCustomKeyStoreRequest)).Validate(
        Create with { XksProxyAuthenticationCredential = ProxyCredential.WithStandIn(Proxy) });

    /// <inheritdoc/>
    public override void Apply(EstateRun run) => run.Ids[Store] = run.Call(
        Create with { XksProxyAuthenticationCredential = ProxyCredential.Of(run, Store, Proxy) }).CustomKeyStoreId;
}
