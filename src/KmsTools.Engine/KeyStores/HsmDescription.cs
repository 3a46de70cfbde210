using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>The current state of an HSM of a cluster.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="TokenLabel">CKA label of the token.</param>
/// <param name="SerialNumber">Serial number of the token that was registered.</param>
/// <param name="State">Whether it can be used.</param>
/// <param name="Library">The PKCS#11 library through which it is reached.</param>
/// <param name="Manufacturer">CK_TOKEN_INFO.manufacturerID; empty when the HSM does not answer.</param>
/// <param name="Model">CK_TOKEN_INFO.model; empty when the HSM does not answer.</param>
/// <param name="FirmwareVersion">CK_TOKEN_INFO.firmwareVersion as major.minor; empty when the HSM does not answer.</param>
/// <param name="FreeSessions">Sessions that can still be opened; null when the HSM does not report it or sets no limit.</param>
/// <param name="KeyCount">
/// AES keys that the crypto user sees: those of KMS keys, of seals, and of other software; null when no key store of the cluster is
/// connected, or the HSM does not answer.
/// </param>
public sealed record HsmDescription(
    string ClusterId,
    string TokenLabel,
    string SerialNumber,
    HsmState State,
    string Library,
    string Manufacturer,
    string Model,
    string FirmwareVersion,
    int? FreeSessions,
    int? KeyCount)
{
    /// <summary>The PKCS#11 URI of the HSM (RFC 7512), for other software such as p11tool and OpenSSL. Never contains a PIN.</summary>
    public required string Uri { get; init; }

    /// <summary>Why the HSM cannot be used, as a sentence; null when it can.</summary>
    public string? Reason { get; init; }
}

/// <summary>The result of adding an HSM to a cluster.</summary>
/// <param name="Hsm">The HSM.</param>
/// <param name="Synchronization">The keys of the cluster that it was given; null when the copying is left to the next connect.</param>
/// <param name="CopiedLater">Why the copying is left to the next connect; null when it was done, or nothing has to be copied.</param>
public sealed record HsmAddition(HsmDescription Hsm, HsmSynchronization? Synchronization, string? CopiedLater)
{
    /// <summary>The notice about keys that the HSM lacks; null when it lacks none.</summary>
    public string? Shortfall => Synchronization is null ? null
        : HsmSynchronizationReport.Shortfall(new HsmToken(Hsm.TokenLabel, Hsm.SerialNumber), Synchronization);
}

/// <summary>The consequences of removing an HSM from its cluster.</summary>
/// <param name="Hsm">The HSM.</param>
/// <param name="OnlyThere">ARNs of the keys whose material no other HSM of the cluster is known to hold.</param>
/// <param name="IsKnown">
/// False when the HSMs could not be compared, because no key store of the cluster is connected; then <paramref name="OnlyThere"/> names
/// all keys of the cluster.
/// </param>
/// <param name="IsTooFew">Whether a highly available cluster would be left with fewer than two HSMs.</param>
public sealed record HsmRemoval(HsmToken Hsm, ImmutableArray<string> OnlyThere, bool IsKnown, bool IsTooFew);
