using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// HMAC-SHA-256 (RFC 2104) with one key, for many short texts: to take in the key costs more than such a text, so a state that has taken it
/// in is kept for the next one. Safe for use by many threads. The key has no getter.
/// </summary>
internal sealed class HmacKey : IDisposable
{
    /// <summary>Length of a MAC in bytes.</summary>
    public const int Size = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key;
    private IncrementalHash? _ready;
    private volatile bool _isDisposed;

    /// <summary>Copies the bytes of the key, which the caller zeroes.</summary>
    public HmacKey(ReadOnlySpan<byte> key)
    {
        _key = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        key.CopyTo(_key);
    }

    /// <summary>Computes the MAC of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mac">32 bytes that receive it.</param>
    /// <exception cref="ObjectDisposedException">The key is zeroed.</exception>
    public void Compute(ReadOnlySpan<byte> text, Span<byte> mac)
    {
        IncrementalHash state = Interlocked.Exchange(ref _ready, null) ?? Begin();
        try
        {
            state.AppendData(text);
            state.GetHashAndReset(mac);
        }
        catch
        {
            state.Dispose();
            throw;
        }

        Interlocked.Exchange(ref _ready, state)?.Dispose();
        if (_isDisposed)
        {
            // Another thread may have zeroed the key before it was taken in: the MAC may be wrong.
            DisposeReady();
            throw new ObjectDisposedException(nameof(HmacKey));
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_key);
        DisposeReady();
    }

    private IncrementalHash Begin() => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key.AsSpan());

    private void DisposeReady() => Interlocked.Exchange(ref _ready, null)?.Dispose();
}
