using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>
/// The key that wraps everything secret in a store: key material, passwords, PINs, secret access keys, and the secrets of the store
/// (<see cref="StoreSecrets"/>). The bytes have no getter. Subkeys for each purpose are derived with HKDF-SHA-256 (RFC 5869).
/// </summary>
public sealed class RootKey : IDisposable
{
    /// <summary>Length of the root key in bytes.</summary>
    public const int Size = 32;

    private readonly Secret _key;
    private readonly Xaes256Gcm _wrapping;

    /// <summary>Creates the root key from its bytes, which the caller zeroes.</summary>
    /// <param name="key">32 random bytes.</param>
    public RootKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Size);
        _key = Secret.CopyOf(key);
        using Secret subkey = Derive("wrap key material");
        _wrapping = subkey.Use(static bytes => new Xaes256Gcm(bytes));
    }

    /// <summary>Wraps secret bytes for the state store.</summary>
    /// <param name="secret">The bytes.</param>
    /// <param name="context">Identifies what is wrapped, so that rows cannot be swapped; required again to unwrap.</param>
    public byte[] Wrap(ReadOnlySpan<byte> secret, string context) => _wrapping.Seal(secret, Encoding.UTF8.GetBytes(context));

    /// <summary>Unwraps what <see cref="Wrap"/> returned.</summary>
    /// <exception cref="CryptographicException">The bytes or the context were changed.</exception>
    public Secret Unwrap(ReadOnlySpan<byte> wrapped, string context) =>
        Secret.TakeOver(_wrapping.Open(wrapped, Encoding.UTF8.GetBytes(context)));

    /// <summary>Zeroes the key and what was derived from it.</summary>
    public void Dispose()
    {
        _wrapping.Dispose();
        _key.Dispose();
    }

    /// <summary>Derives the subkey for a purpose: 32 bytes.</summary>
    internal Secret Derive(string purpose)
    {
        byte[] subkey = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        byte[] info = Encoding.UTF8.GetBytes("KmsTools " + purpose);
        _key.Use(key => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, subkey, salt: [], info));
        return Secret.TakeOver(subkey);
    }
}
