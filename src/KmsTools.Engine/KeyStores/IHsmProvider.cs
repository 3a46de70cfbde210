using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>Gives access to HSMs. Implemented over PKCS#11 by KmsTools.Pkcs11; the engine contains no native code.</summary>
public interface IHsmProvider : IDisposable
{
    /// <summary>Reads a PKCS#11 URI that names a token (RFC 7512). Accesses no HSM.</summary>
    /// <param name="uri">The URI; its scheme may be written in capitals.</param>
    /// <returns>What it names; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">It is malformed, or names something other than a token. The message contains no PIN.</exception>
    HsmUri ParseUri(string uri);

    /// <summary>Finds tokens of a library, without logging in.</summary>
    /// <param name="library">Path of the PKCS#11 library.</param>
    /// <param name="tokens">The tokens to look for, each initialised.</param>
    /// <returns>
    /// One entry per selector, in the same order. A token that is not found has an empty serial number and state DEGRADED.
    /// </returns>
    /// <exception cref="HsmException">
    /// The library cannot be loaded or initialised (ClusterNotFound, Failed). Ambiguous: several tokens match, and the message lists
    /// their URIs. InvalidArgument: what can be recorded about a token does not distinguish it from another one.
    /// </exception>
    ImmutableArray<HsmStatus> Find(string library, IReadOnlyList<TokenSelector> tokens);

    /// <summary>Inspects the HSMs of clusters behind a library, without logging in.</summary>
    /// <param name="library">Path of the PKCS#11 library.</param>
    /// <param name="tokens">The HSMs.</param>
    /// <returns>
    /// One entry per HSM, in the same order; state DEGRADED for one that is not found, or cannot be distinguished from another token.
    /// </returns>
    /// <exception cref="HsmException">The library cannot be loaded or initialised (ClusterNotFound, Failed).</exception>
    ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<HsmToken> tokens);

    /// <summary>The initialised tokens of a library, without logging in.</summary>
    /// <param name="library">Path of the PKCS#11 library.</param>
    /// <exception cref="HsmException">The library cannot be loaded or initialised (ClusterNotFound, Failed).</exception>
    ImmutableArray<HsmStatus> ListTokens(string library);

    /// <summary>
    /// Initialises a free token (C_InitToken) and its crypto user (C_InitPIN). Never touches a token that is already initialised.
    /// </summary>
    /// <param name="library">Path of the PKCS#11 library.</param>
    /// <param name="token">
    /// The label of the new token, 1-32 bytes of UTF-8, and what selects the free token; the first free one when nothing selects it.
    /// </param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8).</param>
    /// <exception cref="HsmException">No such token is free, a token with this label exists, or a PIN is not accepted.</exception>
    HsmStatus InitializeToken(
        string library, TokenSelector token, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin);

    /// <summary>
    /// Logs in to every HSM of a cluster as its crypto user. One HSM that can be used is enough; the others rejoin by themselves
    /// later. The PIN is offered to each HSM once; when one refuses it, it is not offered to the rest and the connect fails.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8). Copied where needed; the caller zeroes its own.</param>
    /// <exception cref="HsmException">
    /// With the failure that determines the ConnectionErrorCode. Unreachable also when the HSMs do not answer within a time limit.
    /// </exception>
    IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin);

    /// <summary>
    /// Whether a PIN that was refused may be offered once more: these are not the HSMs that refused it, but copies of them, such as those of
    /// another lab, or the ones that were copied. False where that cannot be told, because HSMs lock a user after a few wrong PINs.
    /// </summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="userPin">The PIN (UTF-8).</param>
    /// <exception cref="HsmException">Unreachable: another process has been using an HSM for long.</exception>
    bool MayOfferAgain(HsmCluster cluster, ReadOnlySpan<byte> userPin);

    /// <summary>Copies tokens, and creates tokens from copies.</summary>
    ITokenCopier Copier { get; }
}

/// <summary>Tokens by their labels.</summary>
public static class TokensByLabel
{
    /// <summary>Finds tokens of a library by label, like <see cref="IHsmProvider.Find"/>.</summary>
    public static ImmutableArray<HsmStatus> Find(this IHsmProvider provider, string library, IReadOnlyList<string> tokenLabels) =>
        provider.Find(library, [.. tokenLabels.Select(TokenSelector.OfLabel)]);

    /// <summary>Initialises the first free token, like the method of <see cref="IHsmProvider"/>.</summary>
    public static HsmStatus InitializeToken(
        this IHsmProvider provider, string library, string tokenLabel, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin) =>
        provider.InitializeToken(library, TokenSelector.OfLabel(tokenLabel), securityOfficerPin, userPin);
}

/// <summary>
/// A logged-in connection to the HSMs of one cluster. Safe for use by many threads at once. Recovers by itself from lost sessions
/// and from HSMs that become available again. All keys are AES-256, generated inside, and identified by CKA_ID; handles never leave
/// the implementation. It is disposed of when nothing uses it any more.
/// </summary>
public interface IHsmConnection : IDisposable
{
    /// <summary>
    /// Generates an AES-256 key inside the HSMs: persistent, private, sensitive, non-extractable, for encryption and decryption only.
    /// It counts as generated only when every active HSM of the cluster holds it, verified by encrypting in one and decrypting in the
    /// others. An HSM that is lost at that time does not get it.
    /// </summary>
    /// <param name="label">CKA_LABEL: the ARN of the KMS key.</param>
    /// <param name="id">CKA_ID: the backing key ID, 32 bytes.</param>
    /// <returns>The object handle at creation, for the audit record.</returns>
    /// <exception cref="HsmException">
    /// Nothing usable was left behind, or what was could not be removed and carries this ID. TooFewHsms: the cluster is highly available
    /// and fewer than two HSMs are active. NotPermitted: the HSMs have no way to share the key with each other.
    /// </exception>
    ulong GenerateKey(string label, ReadOnlySpan<byte> id);

    /// <summary>Encrypts inside the HSM with AES-GCM, a 96-bit IV from the HSM's own generator and a 128-bit tag.</summary>
    /// <param name="id">CKA_ID of the key.</param>
    /// <param name="plaintext">0-4096 bytes.</param>
    /// <param name="additionalData">Authenticated, not encrypted.</param>
    /// <param name="ciphertext">Exactly plaintext length + 28 bytes: receives IV (12) || ciphertext || tag (16).</param>
    void Encrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext);

    /// <summary>Decrypts inside the HSM what <see cref="Encrypt"/> produced.</summary>
    /// <param name="id">CKA_ID of the key.</param>
    /// <param name="ciphertext">IV (12) || ciphertext || tag (16).</param>
    /// <param name="additionalData">As at encryption.</param>
    /// <param name="plaintext">Exactly ciphertext length - 28 bytes; zeroed on failure.</param>
    /// <exception cref="HsmException">AuthenticationFailed: ciphertext or additional data differ from those at encryption.</exception>
    void Decrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additionalData, Span<byte> plaintext);

    /// <summary>Fills a buffer from the HSM's random generator.</summary>
    /// <param name="buffer">1-1024 bytes.</param>
    void GenerateRandom(Span<byte> buffer);

    /// <summary>Destroys the key in every HSM of the cluster that can be reached, then reports those that cannot.</summary>
    /// <param name="id">CKA_ID of the key.</param>
    /// <returns>False when no HSM held it.</returns>
    /// <exception cref="HsmException">
    /// Unreachable: the HSMs that the message names could not be asked. The others no longer hold the key. Failed, with
    /// <see cref="ErrorCause.MaterialNotDestroyed"/>: one refused, now or before, and does not show the key any more; it may still hold it.
    /// </exception>
    bool DestroyKey(ReadOnlySpan<byte> id);

    /// <summary>What the crypto user sees in each HSM of the cluster. What the cluster uses for synchronization is left out.</summary>
    /// <returns>One entry per HSM, in the order of the cluster.</returns>
    ImmutableArray<HsmInventory> ListKeys();

    /// <summary>The current state of every HSM, in the order of the cluster, with sessions and keys where it is logged in.</summary>
    ImmutableArray<HsmStatus> Status();

    /// <summary>
    /// Tries the way by which the HSMs give each other keys, with keys that exist only for the attempt. An HSM generates the key pair with
    /// which it receives keys, if it has none yet.
    /// </summary>
    /// <returns>Null when all active HSMs can; otherwise which one cannot, and why, as a sentence.</returns>
    string? TrySharing();

    /// <summary>
    /// Tries, once for each login, whether the HSMs keep keys that are not extractable, with keys that exist only for the attempt.
    /// </summary>
    /// <returns>Null when all active HSMs refuse to wrap such a key; otherwise which of them do not, as sentences.</returns>
    string? TryKeeping();

    /// <summary>Gives the crypto user a new PIN (C_SetPIN) in every HSM of the cluster, or in none.</summary>
    /// <param name="newPin">The new PIN (UTF-8). Copied where needed; the caller zeroes its own.</param>
    /// <exception cref="HsmException">
    /// An HSM is not active, or did not accept the PIN (InvalidArgument: it is too short or too long for it); those that accepted it have
    /// the old one again. If an HSM was lost before it could be given the old one, the message names it, and the failure is in doubt.
    /// </exception>
    void ChangePin(ReadOnlySpan<byte> newPin);

    /// <summary>
    /// Copies to an HSM of the cluster what the others hold, as far as the module allows. No key is made extractable for this.
    /// </summary>
    /// <param name="newcomer">The HSM that joined; one of the cluster's tokens.</param>
    /// <exception cref="HsmException">The new HSM, or every other HSM, cannot be reached.</exception>
    HsmSynchronization Synchronize(HsmToken newcomer);

    /// <summary>
    /// Closes the connection although calls may still use it. Calls that wait for an answer from an HSM get it if it comes; all others,
    /// and later ones, fail as if the HSMs were lost (Unreachable).
    /// </summary>
    void Abandon();
}

/// <summary>What one HSM of a cluster holds.</summary>
/// <param name="Token">The HSM.</param>
/// <param name="Failure">Null when the HSM was asked and answered; else what it reported, and <paramref name="Keys"/> is empty.</param>
/// <param name="Keys">All AES keys that the crypto user sees, including those that cannot be used.</param>
public sealed record HsmInventory(HsmToken Token, string? Failure, ImmutableArray<HsmKeyObject> Keys)
{
    /// <summary>The name of the HSM: its label, with the serial number where two of the cluster have the same label.</summary>
    public string Name { get; init; } = Token.TokenLabel;

    /// <summary>
    /// The keys (CKA_ID in lower-case hex) that the HSM refused to destroy and does not show since. It may still hold them: it is not known
    /// before the HSM is started again.
    /// </summary>
    public ImmutableArray<string> Hidden { get; init; } = [];
}

/// <summary>A secret key in an HSM.</summary>
/// <param name="Label">CKA_LABEL; empty when it cannot be read.</param>
/// <param name="Id">CKA_ID in lower-case hex; empty when it cannot be read.</param>
/// <param name="TokenLabel">The name of the HSM, see <see cref="HsmInventory.Name"/>.</param>
/// <param name="KeyHandle">The current object handle.</param>
/// <param name="IsUsable">False for anything but a complete AES-256 key, such as an object half written when a process died.</param>
public sealed record HsmKeyObject(string Label, string Id, string TokenLabel, ulong KeyHandle, bool IsUsable = true)
{
    /// <summary>Whether its bytes can leave the HSM: it is not both sensitive and not extractable, or does not say so.</summary>
    public bool CanLeave { get; init; }
}

/// <summary>What an HSM that joined a cluster received.</summary>
/// <param name="AlreadyThere">Keys of the cluster that it already held and that were verified to be the same.</param>
/// <param name="Copied">Keys that it was given.</param>
/// <param name="NotCopied">
/// Keys of the cluster that it does not hold because they cannot leave the others, or because it holds a different key under the same ID.
/// </param>
public sealed record HsmSynchronization(int AlreadyThere, int Copied, ImmutableArray<HsmKeyObject> NotCopied)
{
    /// <summary>Why keys that could leave the other HSMs were not copied, as a sentence; null when there are none.</summary>
    public string? Reason { get; init; }
}

/// <summary>What went wrong with an HSM, in terms that KMS can map to its own errors.</summary>
public enum HsmFailure
{
    /// <summary>The PKCS#11 library, or a token with the expected label and serial number, does not exist. CLUSTER_NOT_FOUND.</summary>
    ClusterNotFound,

    /// <summary>The slots exist, but no token does. INSUFFICIENT_CLOUDHSM_HSMS.</summary>
    NoActiveHsm,

    /// <summary>CKR_PIN_INCORRECT and similar errors. INVALID_CREDENTIALS.</summary>
    InvalidCredentials,

    /// <summary>CKR_PIN_LOCKED. USER_LOCKED_OUT.</summary>
    UserLockedOut,

    /// <summary>No user PIN was ever set. USER_NOT_FOUND.</summary>
    UserNotFound,

    /// <summary>Another user is logged in. USER_LOGGED_IN.</summary>
    UserLoggedIn,

    /// <summary>The HSM does not answer. NETWORK_ERRORS at connect.</summary>
    Unreachable,

    /// <summary>Every HSM answers, and none holds the key.</summary>
    KeyNotFound,

    /// <summary>The ciphertext, its tag or the additional data differ from those at encryption.</summary>
    AuthenticationFailed,

    /// <summary>No session, or no memory, is free in the HSM.</summary>
    Exhausted,

    /// <summary>The HSM cannot or may not do this with this key (mechanism, key type, policy).</summary>
    NotPermitted,

    /// <summary>The cluster is highly available and fewer than two of its HSMs are active.</summary>
    TooFewHsms,

    /// <summary>A token with this label already exists, or no free slot is left, or a PIN is too short or too long.</summary>
    InvalidArgument,

    /// <summary>Several tokens match where only one may. The message lists their URIs.</summary>
    Ambiguous,

    /// <summary>Anything else. INTERNAL_ERROR at connect.</summary>
    Failed,
}

/// <summary>A failure of an HSM. The message names the PKCS#11 function and return value, never a PIN or key bytes.</summary>
public sealed class HsmException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="message">The human-readable message.</param>
    /// <param name="innerException">The cause, or null.</param>
    public HsmException(HsmFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public HsmFailure Failure { get; }

    /// <summary>The cause of the failure, where <see cref="Failure"/> does not give it.</summary>
    public ErrorCause Cause { get; init; }

    /// <summary>The labels of the existing tokens, where the requested one is missing.</summary>
    public ImmutableArray<string> TokenLabels { get; init; } = [];

    /// <summary>The PKCS#11 library that failed, where <see cref="Cause"/> is about a library; null otherwise.</summary>
    public string? Library { get; init; }

    /// <summary>The connected custom key store that could not log in, where that is the failure; null otherwise.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The PKCS#11 URI of the token, without a PIN, where <see cref="Cause"/> is about a key in it; null otherwise.</summary>
    public string? TokenUri { get; init; }

    /// <summary>The cluster, where <see cref="Cause"/> is about one; null otherwise.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Whether the HSM does not let the crypto user in.</summary>
    public bool IsLoginRefusal =>
        Failure is HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut or HsmFailure.UserNotFound or HsmFailure.UserLoggedIn;

    /// <summary>Whether the key is not meant for what it was asked to do: its attributes forbid it, or it is of another type.</summary>
    public bool IsAboutKeyUsage { get; init; }

    /// <summary>
    /// Whether what was to be created may be in an HSM, or may yet appear there: its answer was lost, or it could not be asked to remove
    /// it. In this case, not finding it in a search proves nothing.
    /// </summary>
    public bool IsInDoubt { get; init; }
}
