using System.Buffers;
using System.Security.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// A buffer for bytes that may be plaintext: grows only as bytes actually arrive, so that a length in a message costs no memory, and is
/// zeroed before it is returned.
/// </summary>
internal sealed class BoundedBuffer(int length) : IDisposable
{
    /// <summary>The number of bytes that are read and written at once.</summary>
    public const int BatchLength = 256 << 10;

    // The pool would keep longer ones for the rest of the process.
    private const int MaxPooled = 1 << 20;

    /// <summary>The buffer; at least as long as requested.</summary>
    public byte[] Bytes { get; private set; } = Rent(length);

    /// <summary>Makes the buffer at least this long and keeps its content.</summary>
    public void Grow(int length)
    {
        if (length > Bytes.Length)
        {
            byte[] longer = Rent(length);
            Bytes.CopyTo(longer, 0);
            GiveBack();
            Bytes = longer;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GiveBack();
        Bytes = [];
    }

    private static byte[] Rent(int length) =>
        length <= MaxPooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);

    private void GiveBack()
    {
        CryptographicOperations.ZeroMemory(Bytes);
        if (Bytes.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(Bytes);
        }
    }
}
