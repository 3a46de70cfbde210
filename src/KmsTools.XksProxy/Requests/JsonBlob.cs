using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace KmsTools.XksProxy.Requests;

/// <summary>A blob in a JSON body: base64 of the standard alphabet with padding (RFC 4648, section 4), and nothing else.</summary>
/// <param name="Start">Where its first quotation mark is in the body.</param>
/// <param name="Length">The number of bytes between the quotation marks.</param>
/// <param name="IsEscaped">Whether there are escapes among them, as in <c>\u002B</c>.</param>
/// <param name="Name">The name of the member, for errors; null where the member is missing.</param>
internal readonly record struct JsonBlob(int Start, int Length, bool IsEscaped, string? Name)
{
    /// <summary>Whether the member is there.</summary>
    public bool IsThere => Name is not null;

    /// <summary>The most that it can be long after it is decoded.</summary>
    public int MaxDecodedLength => (Length + 3) / 4 * 3;

    /// <summary>Decodes it.</summary>
    /// <param name="body">The body.</param>
    /// <param name="bytes">Receives the bytes; at least <see cref="MaxDecodedLength"/>.</param>
    /// <returns>How many there are.</returns>
    /// <exception cref="XksException">ValidationException: it is not base64.</exception>
    public int Decode(ReadOnlySpan<byte> body, Span<byte> bytes)
    {
        if (!IsThere || Length == 0)
        {
            return 0;
        }

        if (!IsEscaped)
        {
            return DecodeText(body.Slice(Start + 1, Length), bytes);
        }

        byte[] text = ArrayPool<byte>.Shared.Rent(Length);
        try
        {
            Utf8JsonReader reader = new(body.Slice(Start, Length + 2));
            _ = reader.Read();
            return DecodeText(text.AsSpan(0, reader.CopyString(text)), bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text.AsSpan(0, Length));
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <summary>Decodes it, and refuses one that is too long for this proxy.</summary>
    /// <exception cref="XksException">
    /// ValidationException: it is not base64. UnsupportedOperationException: it has more bytes than that.
    /// </exception>
    public int Decode(ReadOnlySpan<byte> body, Span<byte> bytes, int max)
    {
        int length = Decode(body, bytes);
        return length <= max ? length : throw XksException.TooLarge(Name!, max);
    }

    private int DecodeText(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        // The decoder skips white space, and ignores bits after the last byte.
        if (text.Length % 4 == 0 && !text.ContainsAny(" \t\r\n"u8)
            && Base64.DecodeFromUtf8(text, bytes, out int consumed, out int written) == OperationStatus.Done && consumed == text.Length
            && EndsCanonically(text, bytes[..written]))
        {
            return written;
        }

        throw XksException.Invalid($"{Name} is not base64.");
    }

    private static bool EndsCanonically(ReadOnlySpan<byte> text, ReadOnlySpan<byte> bytes)
    {
        int rest = bytes.Length % 3;
        if (rest == 0)
        {
            return true;
        }

        Span<byte> again = stackalloc byte[4];
        _ = Base64.EncodeToUtf8(bytes[^rest..], again, out _, out _);
        return again.SequenceEqual(text[^4..]);
    }
}
