using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

/// <summary>
/// The key behind a <see cref="Seal"/>: 32 random bytes that wrap what is sealed. Whoever can open one slot of the seal has it. The bytes
/// have no getter, and are zeroed at the end. Safe for many threads.
/// </summary>
public sealed class SealKey : IDisposable
{
    /// <summary>Its length in bytes.</summary>
    public const int Size = 32;

    private readonly Secret _key;
    private readonly Xaes256Gcm _wrapping;

    /// <summary>Creates a seal key from its bytes, which the caller zeroes.</summary>
    /// <param name="key">32 random bytes.</param>
    public SealKey(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, Size);
        _key = Secret.CopyOf(key);
        using Secret subkey = Derive("wrap what is sealed");
        _wrapping = subkey.Use(static bytes => new Xaes256Gcm(bytes));
    }

    /// <summary>A new random seal key.</summary>
    public static SealKey Generate()
    {
        using Secret key = Secret.Random(Size);
        return key.Use(static bytes => new SealKey(bytes));
    }

    /// <summary>Another object with the same key, which is disposed of separately.</summary>
    public SealKey Copy() => _key.Use(static bytes => new SealKey(bytes));

    /// <summary>Whether two objects have the same key, compared in constant time.</summary>
    public bool IsSame(SealKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _key.ContentEquals(other._key);
    }

    /// <summary>Wraps secret bytes with XAES-256-GCM.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="additionalData">Authenticated, not encrypted; required again to unwrap.</param>
    /// <returns>As long as the content and <see cref="Xaes256Gcm.Overhead"/>.</returns>
    public byte[] Wrap(ReadOnlySpan<byte> content, ReadOnlySpan<byte> additionalData) => _wrapping.Seal(content, additionalData);

    /// <summary>Unwraps what <see cref="Wrap"/> returned.</summary>
    /// <exception cref="CryptographicException">The bytes or the additional data were changed, or another key wrapped them.</exception>
    public Secret Unwrap(ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> additionalData) =>
        Secret.TakeOver(_wrapping.Open(wrapped, additionalData));

    /// <summary>Derives a subkey of 32 bytes with HKDF-SHA-256 (RFC 5869), for another cipher.</summary>
    /// <param name="purpose">What it is for; no two purposes give the same subkey.</param>
    public Secret Derive(string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        return _key.Use(key => SlotKey.Derive(key, "KmsTools seal " + purpose));
    }

    /// <summary>Copies the bytes, for what hands the key to another process of the same user.</summary>
    /// <param name="copy">32 pinned bytes, which the caller zeroes.</param>
    public void CopyTo(Span<byte> copy)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(copy.Length, Size);
        byte[] key = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        try
        {
            _key.Use(bytes => bytes.CopyTo(key));
            key.CopyTo(copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Zeroes the key and what was derived from it.</summary>
    public void Dispose()
    {
        _wrapping.Dispose();
        _key.Dispose();
    }

    /// <summary>Lends the bytes to what wraps them in a slot.</summary>
    internal T Lend<T>(Secret.SecretFunction<T> function) => _key.Use(function);

    /// <summary>A tag of 32 bytes over the bytes of a seal, so that no slot is exchanged, added or taken away without this key.</summary>
    internal byte[] Authenticate(byte[] content)
    {
        using Secret subkey = Derive("authenticate slots");
        return subkey.Use(key => HMACSHA256.HashData(key, content));
    }
}
