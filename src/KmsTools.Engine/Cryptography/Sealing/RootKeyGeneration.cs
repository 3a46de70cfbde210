using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>One generation of a root key. The bytes have no getter. Subkeys are derived with HKDF-SHA-256 (RFC 5869).</summary>
public sealed class RootKeyGeneration : IDisposable
{
    private readonly Secret _key;
    private readonly Xaes256Gcm _wrapping;

    /// <summary>Creates a generation from its bytes, which the caller zeroes.</summary>
    /// <param name="number">Its number, from 1; no two generations of a store have the same.</param>
    /// <param name="key">32 random bytes.</param>
    public RootKeyGeneration(int number, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, RootKey.FirstGeneration);
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, RootKey.Size);
        Number = number;
        _key = Secret.CopyOf(key);
        using Secret subkey = Derive("wrap key material");
        _wrapping = subkey.Use(static bytes => new Xaes256Gcm(bytes));
    }

    /// <summary>The number.</summary>
    public int Number { get; }

    /// <summary>A new random generation.</summary>
    public static RootKeyGeneration Generate(int number)
    {
        using Secret key = Secret.Random(RootKey.Size);
        return key.Use(bytes => new RootKeyGeneration(number, bytes));
    }

    /// <summary>Lends the bytes to the code that seals them.</summary>
    public void Use(Secret.SecretAction action) => _key.Use(action);

    /// <summary>Zeroes the key and what was derived from it.</summary>
    public void Dispose()
    {
        _wrapping.Dispose();
        _key.Dispose();
    }

    /// <summary>Zeroes the key, and keeps only what wraps: nothing can be derived from it any more, and it cannot be sealed.</summary>
    internal void KeepOnlySubkey() => _key.Dispose();

    internal void Wrap(ReadOnlySpan<byte> secret, string context, Span<byte> output) =>
        _wrapping.Seal(secret, Encoding.UTF8.GetBytes(context), output);

    internal Secret Unwrap(ReadOnlySpan<byte> wrapped, string context) =>
        Secret.TakeOver(_wrapping.Open(wrapped, Encoding.UTF8.GetBytes(context)));

    /// <summary>Derives the subkey for a purpose: 32 bytes.</summary>
    internal Secret Derive(string purpose)
    {
        byte[] subkey = GC.AllocateUninitializedArray<byte>(RootKey.Size, pinned: true);
        byte[] info = Encoding.UTF8.GetBytes("KmsTools " + purpose);
        _key.Use(key => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, subkey, salt: [], info));
        return Secret.TakeOver(subkey);
    }
}
