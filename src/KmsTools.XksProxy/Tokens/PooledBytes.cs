using System.Buffers;
using System.Security.Cryptography;

namespace KmsTools.XksProxy.Tokens;

/// <summary>An array of the pool that is zeroed before it goes back: plaintexts are in it.</summary>
/// <param name="length">How many bytes of it are used.</param>
internal sealed class PooledBytes(int length)
{
    private byte[]? _bytes = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>The bytes.</summary>
    public Span<byte> Span => _bytes.AsSpan(0, length);

    /// <summary>Zeroes and returns the array.</summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            CryptographicOperations.ZeroMemory(bytes.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
