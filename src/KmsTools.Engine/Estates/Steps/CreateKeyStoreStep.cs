using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>Creates a custom key store. The PIN is obtained when it is needed, because the user may be asked for it.</summary>
/// <param name="Store">The custom key store.</param>
/// <param name="Cluster">Its cluster, which has a PIN.</param>
internal sealed record CreateKeyStoreStep(EstateKeyStore Store, EstateCluster Cluster) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) => run.Ids[Store] = run.Call(new CreateCustomKeyStoreRequest
    {
        CustomKeyStoreName = Store.Name.Value,
        CloudHsmClusterId = Cluster.Id.Value,
        TrustAnchorCertificate = TrustAnchor(run.Engine),
        KeyStorePassword = run.Secrets.Get(Cluster.Pin!, EstateSecrets.PinOf(Cluster.Id.Value)),
    }).CustomKeyStoreId;

    // The estate need not name the certificate: a new cluster already has one at this point.
    private string? TrustAnchor(KmsEngine engine)
    {
        using IStateReader state = engine.OpenReader();
        return state.FindCluster(Cluster.Id.Value)?.TrustAnchorCertificate;
    }
}
