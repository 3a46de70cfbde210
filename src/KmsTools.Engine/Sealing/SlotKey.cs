using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

/// <summary>
/// What a slot does with the 32 bytes that a passphrase, a recovery key or an HSM gives: wraps the seal key, and keeps a check value, which
/// tells other bytes than these from a slot that was changed.
/// </summary>
internal static class SlotKey
{
    public const int Size = 32;
    public const int CheckSize = 16;

    /// <summary>The length of a wrapped seal key.</summary>
    public const int WrappedSize = SealKey.Size + Xaes256Gcm.Overhead;

    public static byte[] Check(Secret slotKey)
    {
        using Secret check = slotKey.Use(static key => Derive(key, "KmsTools slot check"));
        return check.Use(static bytes => bytes[..CheckSize].ToArray());
    }

    public static byte[] Wrap(Secret slotKey, SealKey key, byte[] additionalData)
    {
        using Secret subkey = slotKey.Use(static bytes => Derive(bytes, "KmsTools slot wrap"));
        using Xaes256Gcm cipher = subkey.Use(static bytes => new Xaes256Gcm(bytes));
        return key.Lend(bytes => cipher.Seal(bytes, additionalData));
    }

    /// <summary>Unwraps the seal key.</summary>
    /// <exception cref="CryptographicException">The slot was changed, or is that of another seal.</exception>
    public static SealKey Unwrap(Secret slotKey, byte[] wrapped, byte[] additionalData)
    {
        using Secret subkey = slotKey.Use(static bytes => Derive(bytes, "KmsTools slot wrap"));
        using Xaes256Gcm cipher = subkey.Use(static bytes => new Xaes256Gcm(bytes));
        using Secret key = Secret.TakeOver(cipher.Open(wrapped, additionalData));
        return key.Use(static bytes => new SealKey(bytes));
    }

    /// <summary>A subkey of 32 bytes, with HKDF-SHA-256 (RFC 5869).</summary>
    public static Secret Derive(ReadOnlySpan<byte> key, string purpose)
    {
        byte[] subkey = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, subkey, salt: [], Encoding.UTF8.GetBytes(purpose));
        return Secret.TakeOver(subkey);
    }
}
