using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>The current state of a cluster.</summary>
/// <param name="ClusterId">The ID.</param>
/// <param name="State">ACTIVE when at least one of its HSMs is active.</param>
/// <param name="Library">The PKCS#11 library.</param>
/// <param name="TrustAnchorCertificate">The certificate that identifies the cluster (PEM).</param>
/// <param name="Hsms">The current state of its HSMs.</param>
/// <param name="CreationDate">When it was registered (UTC).</param>
/// <param name="HighAvailability">Whether keys are created only while two of its HSMs are active.</param>
/// <param name="ManagePassword">Whether each connect changes the password of the crypto user.</param>
/// <param name="CommandsFromElsewhere">
/// Commands per second that it serves for others, which are taken from the request quota of its custom key store.
/// </param>
public sealed record HsmClusterDescription(
    string ClusterId,
    HsmState State,
    string Library,
    string TrustAnchorCertificate,
    ImmutableArray<HsmStatus> Hsms,
    DateTime CreationDate,
    bool HighAvailability = false,
    bool ManagePassword = false,
    int CommandsFromElsewhere = 0)
{
    /// <summary>The file that holds the PIN of the crypto user, which a URI named with <c>pin-source</c>, or null.</summary>
    public string? PinSource { get; init; }

    /// <summary>The number of its HSMs.</summary>
    public int HsmCount => Hsms.Length;

    /// <summary>The number of its HSMs that can be used now.</summary>
    public int ActiveHsmCount => Hsms.Count(static hsm => hsm.State == HsmState.ACTIVE);
}
