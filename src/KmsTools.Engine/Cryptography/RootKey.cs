using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>
/// The key that wraps everything secret in a store: key material, passwords, import tokens. The bytes have no getter. Subkeys for
/// each purpose are derived with HKDF-SHA-256 (RFC 5869).
/// </summary>
public sealed class RootKey : IDisposable
{
    /// <summary>Length of the root key in bytes.</summary>
    public const int Size = 32;

    private readonly Xaes256Gcm _wrapping;
    private readonly Xaes256Gcm _tokens;
    private readonly byte[] _materialIdKey;
    private readonly byte[] _headerKey;

    /// <summary>Creates the root key from its bytes, which the caller zeroes.</summary>
    /// <param name="key">32 random bytes.</param>
    public RootKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Size);
        _wrapping = Derive(key, "wrap key material", static subkey => new Xaes256Gcm(subkey));
        _tokens = Derive(key, "import token", static subkey => new Xaes256Gcm(subkey));
        _materialIdKey = Derive(key, "key material id", static subkey => subkey.ToArray());
        _headerKey = Derive(key, "ciphertext header", static subkey => subkey.ToArray());
    }

    /// <summary>Wraps secret bytes for the state store.</summary>
    /// <param name="secret">The bytes.</param>
    /// <param name="context">Identifies what is wrapped, so that rows cannot be swapped; required again to unwrap.</param>
    public byte[] Wrap(ReadOnlySpan<byte> secret, string context) => _wrapping.Seal(secret, Encoding.UTF8.GetBytes(context));

    /// <summary>Unwraps what <see cref="Wrap"/> returned.</summary>
    /// <exception cref="CryptographicException">The bytes or the context were changed.</exception>
    public Secret Unwrap(ReadOnlySpan<byte> wrapped, string context) =>
        Secret.TakeOver(_wrapping.Open(wrapped, Encoding.UTF8.GetBytes(context)));

    /// <summary>Seals a token.</summary>
    /// <param name="token">The content.</param>
    /// <param name="purpose">What the token is for, so that one of another kind cannot stand in for it; required again to open it.</param>
    public byte[] SealToken(ReadOnlySpan<byte> token, string purpose) => _tokens.Seal(token, Encoding.UTF8.GetBytes(purpose));

    /// <summary>Opens a token.</summary>
    /// <exception cref="CryptographicException">The token was not made by this store for this purpose, or was changed.</exception>
    public Secret OpenToken(ReadOnlySpan<byte> token, string purpose) =>
        Secret.TakeOver(_tokens.Open(token, Encoding.UTF8.GetBytes(purpose)));

    /// <summary>The ID of key material: stable for the same bytes in the same key, and of no use for guessing weak bytes.</summary>
    /// <param name="keyId">The ID of the key.</param>
    /// <param name="material">The bytes.</param>
    /// <returns>64 lower-case hex digits.</returns>
    public string KeyMaterialId(string keyId, Secret material)
    {
        using IncrementalHash mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _materialIdKey);
        mac.AppendData(Encoding.UTF8.GetBytes(keyId));
        mac.AppendData([0]);
        material.Use(bytes => mac.AppendData(bytes));
        return Convert.ToHexStringLower(mac.GetHashAndReset());
    }

    /// <summary>
    /// A short check value over the header of a ciphertext, which distinguishes a header of this store from a damaged or foreign one
    /// before the header is trusted. The header is authenticated again with the ciphertext.
    /// </summary>
    /// <param name="header">The header without the check value.</param>
    /// <param name="check">8 bytes that receive it.</param>
    public void HeaderCheck(ReadOnlySpan<byte> header, Span<byte> check)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_headerKey, header, full);
        full[..check.Length].CopyTo(check);
    }

    /// <summary>Zeroes the subkeys.</summary>
    public void Dispose()
    {
        _wrapping.Dispose();
        _tokens.Dispose();
        CryptographicOperations.ZeroMemory(_materialIdKey);
        CryptographicOperations.ZeroMemory(_headerKey);
    }

    private delegate T FromSubkey<T>(ReadOnlySpan<byte> subkey);

    private static T Derive<T>(ReadOnlySpan<byte> key, string purpose, FromSubkey<T> make)
    {
        Span<byte> subkey = stackalloc byte[Size];
        try
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, key, subkey, salt: [], info: Encoding.UTF8.GetBytes("KmsTools " + purpose));
            return make(subkey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(subkey);
        }
    }
}
