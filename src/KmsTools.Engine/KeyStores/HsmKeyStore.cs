using System.Collections.Concurrent;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>Key material that is generated in HSMs, never leaves them, and is used there.</summary>
internal sealed class HsmKeyStore(HsmConnections connections, IStateStore store) : IKeyStore
{
    /// <summary>
    /// Maximum number of messages under one key with random 96-bit IVs: 2^32 (NIST SP 800-38D, section 8.3).
    /// </summary>
    public const long MaxMessages = 1L << 32;

    private const long FirstReservation = 64;
    private const long LargestReservation = 65_536;

    private readonly ConcurrentDictionary<string, Reservation> _reservations = new(StringComparer.Ordinal);

    private sealed class Reservation
    {
        public long Left { get; set; }

        public long NextSize { get; set; } = FirstReservation;
    }

    /// <summary>IV (12 bytes) and tag (16 bytes).</summary>
    public int Overhead => 28;

    /// <inheritdoc/>
    public void Encrypt(Key key, KeyMaterial material, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> output)
    {
        CountMessage(key);
        try
        {
            using HsmLease lease = connections.Rent(key.CustomKeyStore!);
            lease.Connection.Encrypt(Id(material), plaintext, additionalData, output);
        }
        catch (HsmException exception)
        {
            throw UseError(key, exception);
        }
    }

    /// <inheritdoc/>
    public void Decrypt(Key key, KeyMaterial material, ReadOnlySpan<byte> message, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        try
        {
            using HsmLease lease = connections.Rent(key.CustomKeyStore!);
            lease.Connection.Decrypt(Id(material), message, additionalData, plaintext);
        }
        catch (HsmException exception)
        {
            throw UseError(key, exception);
        }
    }

    /// <summary>CKA_ID of key material.</summary>
    public static byte[] Id(KeyMaterial material) => Convert.FromHexString(material.KeyMaterialId);

    /// <summary>The error for a cryptographic call that failed in the HSM.</summary>
    /// <remarks>"Using KMS keys in a CloudHSM key store": every unmet condition is a KMSInvalidStateException.</remarks>
    private static KmsException UseError(Key key, HsmException e) => e.Failure switch
    {
        HsmFailure.AuthenticationFailed => KmsErrors.InvalidCiphertext(),
        HsmFailure.KeyNotFound => KmsErrors.BackingKeyMissing(key, e),
        _ => Error(key.Arn, key.CustomKeyStoreId, e),
    };

    /// <summary>The error for any other call that failed in the HSM.</summary>
    /// <param name="keyArn">The key it is about, or null.</param>
    /// <param name="customKeyStoreId">The custom key store whose connection was used; null where that is not known.</param>
    /// <param name="e">What the HSM reported.</param>
    public static KmsException Error(string? keyArn, string? customKeyStoreId, HsmException e) => e.Failure switch
    {
        HsmFailure.Exhausted => KmsErrors.Internal($"The CloudHSM cluster has no PKCS #11 session free. Try again. ({e.Message})", e),
        HsmFailure.NotPermitted or HsmFailure.Failed => KmsErrors.BackingKeyUnusable(keyArn, e),
        _ when e.IsLoginRefusal => KmsErrors.LoginRefused(keyArn, customKeyStoreId ?? e.CustomKeyStoreId, e),
        HsmFailure.TooFewHsms => KmsErrors.ClusterInvalidConfiguration(e),
        _ => KmsErrors.ClusterUnreachable(keyArn, e),
    };

    /// <summary>
    /// The error for a call without a key that failed in the HSM, CreateKey or GenerateRandom: one that the operation declares, with what the
    /// HSM reported.
    /// </summary>
    /// <param name="customKeyStoreId">The custom key store.</param>
    /// <param name="e">What the HSM reported.</param>
    public static KmsException ErrorWithoutKey(string customKeyStoreId, HsmException e) => Error(null, customKeyStoreId, e) switch
    {
        { ErrorCode: not "KMSInvalidStateException" } declared => declared,
        { Cause: ErrorCause.UnreachableHsms } => KmsErrors.ClusterTimeout(e),
        { Cause: ErrorCause.LoginRefused } => KmsErrors.LoginRefusedWithoutKey(customKeyStoreId, e),
        var refused => KmsErrors.Internal(refused.Message, e),
    };

    // A process reserves messages in blocks that double, so that the bound holds over all processes, short-lived ones waste
    // little, and busy ones rarely write.
    private void CountMessage(Key key)
    {
        Reservation reservation = _reservations.GetOrAdd(key.Arn, static _ => new Reservation());
        lock (reservation)
        {
            if (reservation.Left == 0)
            {
                using IStateTransaction transaction = store.BeginTransaction();
                Key now = transaction.FindKey(key.Region, key.KeyId) ?? throw KmsErrors.KeyDoesNotExist(key.Arn);
                long block = Math.Min(reservation.NextSize, MaxMessages - now.ReservedMessages);
                if (block <= 0)
                {
                    throw KmsErrors.LimitExceeded(
                        $"{key.Arn} has encrypted {MaxMessages} messages, the most that random 96-bit IVs allow. It still decrypts.");
                }

                transaction.UpdateKey(now with { ReservedMessages = now.ReservedMessages + block });
                transaction.Commit();
                reservation.Left = block;
                reservation.NextSize = Math.Min(block * 2, LargestReservation);
            }

            reservation.Left--;
        }
    }
}
