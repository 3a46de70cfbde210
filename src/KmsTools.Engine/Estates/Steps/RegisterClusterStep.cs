using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>Registers a cluster.</summary>
/// <param name="Cluster">The cluster.</param>
internal sealed record RegisterClusterStep(EstateCluster Cluster) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run)
    {
        EstateSecret? pin = Cluster.HasPinOfUri ? Cluster.Pin : null;
        using NamedTokens named = new(
            Cluster.Library.Value,
            [.. Cluster.Tokens.Select(static token => new NamedToken(token.Selector, token.Library?.Value, token.IsUri))],
            pin is { Source: EstateSecretSource.File } ? pin.Name : null,
            pin?.Plaintext?.Use(Secret.CopyOf));
        run.Ids[Cluster] = run.Engine.HsmClusters.Register(
            named,
            Cluster.Id.Value,
            Cluster.TrustAnchorCertificate?.Value,
            Cluster.HighAvailability is { Value: true },
            Cluster.ManagePassword is { Value: true },
            Cluster.CommandsFromElsewhere?.Value ?? 0,
            run.Caller).ClusterId;
    }
}
