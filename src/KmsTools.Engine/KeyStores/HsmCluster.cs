using System.Collections.Immutable;

namespace KmsTools;

/// <summary>Whether an HSM, or a cluster of HSMs, can be used now.</summary>
public enum HsmState
{
    /// <summary>The token answers and is initialised.</summary>
    ACTIVE,

    /// <summary>The library answers, but the token is not initialised or has no crypto user.</summary>
    UNINITIALIZED,

    /// <summary>The token, or its library, does not exist or does not answer, or it lacks what key stores need.</summary>
    DEGRADED,
}

/// <summary>One HSM of a cluster: a token behind a PKCS#11 library.</summary>
/// <param name="TokenLabel">CKA label of the token (CK_TOKEN_INFO.label without padding).</param>
/// <param name="SerialNumber">
/// CK_TOKEN_INFO.serialNumber without padding. Together with the label it distinguishes a token from its successor.
/// </param>
/// <param name="Library">
/// The PKCS#11 library of this HSM, a path or <c>path|parameters</c>; null when it uses the library of its cluster.
/// </param>
/// <param name="Manufacturer">CK_TOKEN_INFO.manufacturerID when it was registered; null when unknown.</param>
/// <param name="Model">CK_TOKEN_INFO.model when it was registered; null when unknown.</param>
/// <param name="IsNamedByUri">Whether it was registered by a PKCS#11 URI: several tokens may share its label.</param>
public sealed record HsmToken(
    string TokenLabel,
    string SerialNumber,
    string? Library = null,
    string? Manufacturer = null,
    string? Model = null,
    bool IsNamedByUri = false)
{
    private const int ShortSerial = 4;

    /// <summary>CKA label of the token, without the blanks with which PKCS#11 pads it. Leading blanks count.</summary>
    public string TokenLabel { get; init; } = TokenLabel.TrimEnd(' ');

    /// <summary>
    /// Whether its serial number distinguishes it from other tokens. Some modules give all tokens the same one: none, zeros only, or a few
    /// characters such as 123. Then manufacturer and model must match too.
    /// </summary>
    public bool HasTellingSerial => SerialNumber.Length >= ShortSerial && SerialNumber.AsSpan().ContainsAnyExcept('0');

    /// <summary>Whether both are the same HSM.</summary>
    public bool IsSame(HsmToken other) => TokenLabel == other.TokenLabel && SerialNumber == other.SerialNumber;

    /// <summary>The names of HSMs where several are shown: their labels, with the serial number where two have the same label.</summary>
    public static ImmutableArray<string> Names(IReadOnlyCollection<HsmToken> tokens) =>
    [
        .. tokens.Select(token => tokens.Count(other => other.TokenLabel == token.TokenLabel) > 1
            ? $"{token.TokenLabel} ({token.SerialNumber})"
            : token.TokenLabel),
    ];
}

/// <summary>The current state of an HSM.</summary>
/// <param name="TokenLabel">CKA label of the token.</param>
/// <param name="SerialNumber">Serial number of the token; empty when the token was not found.</param>
/// <param name="State">Whether it can be used.</param>
/// <param name="Manufacturer">CK_TOKEN_INFO.manufacturerID.</param>
/// <param name="Model">CK_TOKEN_INFO.model.</param>
/// <param name="FirmwareVersion">CK_TOKEN_INFO.firmwareVersion as major.minor.</param>
/// <param name="Library">The PKCS#11 library through which the HSM is reached, as it was named.</param>
/// <param name="FreeSessions">Sessions that can still be opened; null when the HSM does not report it or sets no limit.</param>
/// <param name="KeyCount">AES keys that the crypto user sees; null when no process is logged in or the HSM does not answer.</param>
public sealed record HsmStatus(
    string TokenLabel,
    string SerialNumber,
    HsmState State,
    string Manufacturer,
    string Model,
    string FirmwareVersion,
    string Library = "",
    int? FreeSessions = null,
    int? KeyCount = null)
{
    /// <summary>The PKCS#11 URI of the token, without PIN; null when the token was not found.</summary>
    public string? Uri { get; init; }

    /// <summary>Why the HSM cannot be used, as a sentence; null when it can, or when its state says everything.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it cannot exchange keys with other HSMs, as a sentence; null when nothing speaks against it.</summary>
    public string? SharingReason { get; init; }

    /// <summary>The length of the shortest PIN that it accepts, in bytes; null when it does not report it.</summary>
    public int? MinPinLength { get; init; }

    /// <summary>The length of the longest PIN that it accepts, in bytes; null when it does not report it.</summary>
    public int? MaxPinLength { get; init; }

    /// <summary>What a cluster remembers of the token.</summary>
    /// <param name="library">Its library; null when that is the library of the cluster.</param>
    /// <param name="isNamedByUri">Whether a URI named it.</param>
    public HsmToken ToToken(string? library = null, bool isNamedByUri = false) =>
        new(TokenLabel, SerialNumber, library, Manufacturer, Model, isNamedByUri);
}

/// <summary>
/// A cluster of HSMs on which a custom key store can be created. Stands for an AWS CloudHSM cluster: an ID, a trust anchor, a PKCS#11
/// library and one or more tokens.
/// </summary>
public sealed record HsmCluster
{
    /// <summary><c>cluster-</c> and 11-16 characters of <c>[2-7a-zA-Z]</c>.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Full path of the PKCS#11 library. An HSM can name another one, see <see cref="HsmToken.Library"/>.</summary>
    public required string Library { get; init; }

    /// <summary>The tokens, one per HSM.</summary>
    public required ImmutableArray<HsmToken> Tokens { get; init; }

    /// <summary>The certificate that identifies the cluster (PEM). Clusters with the same certificate share a backup history.</summary>
    public required string TrustAnchorCertificate { get; init; }

    /// <summary>When the cluster was registered (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>Whether a key is created only while two HSMs are active, as AWS does. Otherwise one is enough.</summary>
    public bool HighAvailability { get; init; }

    /// <summary>
    /// Commands per second that the cluster serves for others. They reduce the request quota of the custom key store that is created
    /// on it. Source: "Throttling AWS KMS requests" in the AWS KMS Developer Guide.
    /// </summary>
    public int CommandsFromElsewhere { get; init; }

    /// <summary>Whether each connect gives the crypto user a new PIN that only the store knows, as AWS does.</summary>
    public bool ManagePassword { get; init; }

    /// <summary>
    /// Full path of the file that holds the PIN of the crypto user, from the <c>pin-source</c> of a URI; null when none was named.
    /// </summary>
    public string? PinSource { get; init; }

    /// <summary>
    /// The PIN from the <c>pin-value</c> of a URI, wrapped under the root key. In temporary stores only; null when none was given.
    /// </summary>
    public ReadOnlyMemory<byte>? WrappedPin { get; init; }
}
