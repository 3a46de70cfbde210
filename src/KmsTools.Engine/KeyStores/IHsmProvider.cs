using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>Reaches HSMs. Implemented over PKCS#11 by KmsTools.Pkcs11; the engine knows no native code.</summary>
public interface IHsmProvider : IDisposable
{
    /// <summary>Looks at the tokens of a library by label, without logging in.</summary>
    /// <param name="library">Path of the PKCS#11 library.</param>
    /// <param name="tokenLabels">The labels to look for.</param>
    /// <returns>One entry per label, in the same order. A token that is not found has an empty serial number and state DEGRADED.</returns>
    /// <exception cref="HsmException">The library cannot be loaded or initialised (LibraryNotFound, Failed), or two tokens share a label.</exception>
    ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<string> tokenLabels);

    /// <summary>
    /// Initialises a free token (C_InitToken) and its crypto user (C_InitPIN). Never touches a token that is initialised already.
    /// </summary>
    /// <param name="library">Path of the PKCS#11 library.</param>
    /// <param name="tokenLabel">The label of the new token, 1-32 bytes of UTF-8.</param>
    /// <param name="securityOfficerPin">PIN of the security officer (UTF-8).</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8).</param>
    /// <exception cref="HsmException">No free slot, a token with this label exists, or a PIN is not accepted.</exception>
    HsmStatus InitializeToken(
        string library, string tokenLabel, ReadOnlySpan<byte> securityOfficerPin, ReadOnlySpan<byte> userPin);

    /// <summary>Logs in to a cluster as its crypto user. The PIN is offered to each HSM once and never again after a refusal.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="userPin">PIN of the crypto user (UTF-8). Copied where needed; the caller zeroes its own.</param>
    /// <exception cref="HsmException">With the failure that tells the ConnectionErrorCode.</exception>
    IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin);
}

/// <summary>
/// A logged-in connection to the HSMs of one cluster. Safe for use by many threads at once. Recovers by itself from lost sessions
/// and from HSMs that come back. All keys are AES-256, made inside, and are named by CKA_ID; handles never leave the implementation.
/// </summary>
public interface IHsmConnection : IDisposable
{
    /// <summary>
    /// Generates an AES-256 key inside the HSMs: persistent, private, sensitive, non-extractable, for encryption and decryption only.
    /// It counts as generated only when every active HSM of the cluster holds it.
    /// </summary>
    /// <param name="label">CKA_LABEL: the ARN of the KMS key.</param>
    /// <param name="id">CKA_ID: the backing key ID, 32 bytes.</param>
    /// <returns>The object handle at creation, for the audit record.</returns>
    /// <exception cref="HsmException">Nothing usable was left behind, or what was could not be removed and carries this ID.</exception>
    ulong GenerateKey(string label, ReadOnlySpan<byte> id);

    /// <summary>Encrypts inside the HSM with AES-GCM, a 96-bit IV of the HSM's own generator and a 128-bit tag.</summary>
    /// <param name="id">CKA_ID of the key.</param>
    /// <param name="plaintext">0-4096 bytes.</param>
    /// <param name="additionalData">Authenticated, not encrypted.</param>
    /// <param name="ciphertext">Exactly plaintext length + 28 bytes: receives IV (12) || ciphertext || tag (16).</param>
    void Encrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext);

    /// <summary>Decrypts inside the HSM what <see cref="Encrypt"/> made.</summary>
    /// <param name="id">CKA_ID of the key.</param>
    /// <param name="ciphertext">IV (12) || ciphertext || tag (16).</param>
    /// <param name="additionalData">As at encryption.</param>
    /// <param name="plaintext">Exactly ciphertext length - 28 bytes; zeroed on failure.</param>
    /// <exception cref="HsmException">AuthenticationFailed: ciphertext or additional data are not as they were made.</exception>
    void Decrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additionalData, Span<byte> plaintext);

    /// <summary>Fills a buffer from the HSM's random generator.</summary>
    /// <param name="buffer">1-1024 bytes.</param>
    void GenerateRandom(Span<byte> buffer);

    /// <summary>Destroys the key in every HSM of the cluster.</summary>
    /// <param name="id">CKA_ID of the key.</param>
    /// <returns>False when no HSM held it.</returns>
    bool DestroyKey(ReadOnlySpan<byte> id);

    /// <summary>All AES secret keys that the crypto user sees, in the order of the first HSM that holds them.</summary>
    ImmutableArray<HsmKeyObject> ListKeys();
}

/// <summary>A secret key in an HSM.</summary>
/// <param name="Label">CKA_LABEL.</param>
/// <param name="Id">CKA_ID in lower-case hex.</param>
/// <param name="TokenLabel">The HSM.</param>
/// <param name="KeyHandle">The object handle now.</param>
public sealed record HsmKeyObject(string Label, string Id, string TokenLabel, ulong KeyHandle);

/// <summary>What went wrong with an HSM, in terms that KMS can map to its own errors.</summary>
public enum HsmFailure
{
    /// <summary>The PKCS#11 library, or a token with the expected label and serial number, is not there. CLUSTER_NOT_FOUND.</summary>
    ClusterNotFound,

    /// <summary>The slots are there, no token is. INSUFFICIENT_CLOUDHSM_HSMS.</summary>
    NoActiveHsm,

    /// <summary>CKR_PIN_INCORRECT and its kin. INVALID_CREDENTIALS.</summary>
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

    /// <summary>The ciphertext, its tag or the additional data are not as they were made.</summary>
    AuthenticationFailed,

    /// <summary>No session, or no memory, is free in the HSM.</summary>
    Exhausted,

    /// <summary>The HSM cannot or may not do this with this key (mechanism, key type, policy).</summary>
    NotPermitted,

    /// <summary>A token with this label exists already, or no free slot is left, or a PIN is too short or too long.</summary>
    InvalidArgument,

    /// <summary>Anything else. INTERNAL_ERROR at connect.</summary>
    Failed,
}

/// <summary>A failure of an HSM. The message names the PKCS#11 function and return value, never a PIN or key bytes.</summary>
public sealed class HsmException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="message">For people.</param>
    /// <param name="innerException">The cause, or null.</param>
    public HsmException(HsmFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public HsmFailure Failure { get; }
}
