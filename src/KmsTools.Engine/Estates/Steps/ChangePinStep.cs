using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Gives the custom key store the PIN of the estate.</summary>
/// <param name="Store">The custom key store.</param>
/// <param name="Cluster">Its cluster, which has a PIN.</param>
internal sealed record ChangePinStep(EstateKeyStore Store, EstateCluster Cluster) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) => run.Call(new UpdateCustomKeyStoreRequest
    {
        CustomKeyStoreId = run.Ids[Store],
        KeyStorePassword = run.Secrets.Get(Cluster.Pin!, EstateSecrets.PinOf(Cluster.Id.Value)),
    });
}
