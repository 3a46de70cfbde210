namespace KmsTools.Cryptography;

/// <summary>
/// Authenticates the rows of a store: HMAC-SHA-256, truncated to 16 bytes. A row that is changed without this key, or moved to another
/// place, is noticed. The key has no getter.
/// </summary>
public sealed class RowMac : IDisposable
{
    /// <summary>Length of a MAC in bytes.</summary>
    public const int Size = 16;

    private readonly HmacKey _key;

    /// <summary>Creates it from the bytes of its key, which the caller zeroes.</summary>
    internal RowMac(ReadOnlySpan<byte> key) => _key = new HmacKey(key);

    /// <summary>Computes the MAC of a row.</summary>
    /// <param name="row">The row, in a form that says which it is and in which table.</param>
    /// <param name="mac">16 bytes that receive it.</param>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public void Compute(ReadOnlySpan<byte> row, Span<byte> mac)
    {
        Span<byte> full = stackalloc byte[HmacKey.Size];
        _key.Compute(row, full);
        full[..Size].CopyTo(mac);
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _key.Dispose();
}
