using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Http;

/// <summary>
/// Bytes in pooled memory: a response, whose length must be known before its head is written, or a text to be hashed. Zeroed at
/// the end: it may contain a plaintext.
/// </summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _length;

    /// <summary>What was written, valid until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, _length);

    /// <inheritdoc/>
    public void Advance(int count) => _length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _bytes.AsSpan(_length);
    }

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Adds text as UTF-8.</summary>
    public void Write(ReadOnlySpan<char> text) =>
        _length += Encoding.UTF8.GetBytes(text, GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length)));

    /// <summary>Adds the lower-case hexadecimal digits of bytes.</summary>
    public void WriteHex(ReadOnlySpan<byte> bytes)
    {
        Convert.TryToHexStringLower(bytes, GetSpan(2 * bytes.Length), out int written);
        _length += written;
    }

    /// <summary>Clears the buffer for reuse.</summary>
    public void Clear()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _length));
        _length = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => Return();

    private void MakeRoom(int sizeHint)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1))
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + sizeHint));
            WrittenSpan.CopyTo(larger);
            Return();
            _bytes = larger;
        }
    }

    private void Return()
    {
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
