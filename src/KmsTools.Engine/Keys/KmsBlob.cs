using System.Security.Cryptography;
using System.Text;

namespace KmsTools;

/// <summary>
/// Bytes in a response. A read-only MemoryStream, as AWS.Tools returns blobs, so that scripts written for it work. Its text is Base64, so
/// that nothing is lost in CSV, JSON and other text.
/// </summary>
public class KmsBlob : MemoryStream
{
    private readonly byte[] _bytes;

    /// <summary>Wraps bytes, which are not copied.</summary>
    /// <param name="bytes">The bytes.</param>
    public KmsBlob(byte[] bytes)
        : base(bytes, 0, bytes.Length, writable: false, publiclyVisible: false) => _bytes = bytes;

    /// <summary>The bytes in Base64, or what stands for bytes that are secret: the text.</summary>
    public string Base64 => ToString();

    /// <summary>The number of bytes, in words.</summary>
    public string Size => InWords(_bytes.Length);

    /// <summary>The number of bytes, in words, of a blob that was written as text: Base64, or what stands for secret bytes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The number; empty if the text is not of a blob.</returns>
    public static string SizeOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return KmsSecretBlob.IsMark(text) ? text[KmsSecretBlob.MarkBegin.Length..^KmsSecretBlob.MarkEnd.Length]
            : System.Buffers.Text.Base64.IsValid(text, out int length) ? InWords(length)
            : "";
    }

    /// <summary>The bytes in Base64.</summary>
    public string ToBase64() => Convert.ToBase64String(_bytes);

    /// <summary>The bytes in Base64.</summary>
    public override string ToString() => ToBase64();

    private static string InWords(int length) => length == 1 ? "1 byte" : $"{length} bytes";

    // A class that derives from MemoryStream inherits what all streams do for spans and copies: by way of an array of the shared pool,
    // which is not cleared. These bytes may be secret.

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ReadOnlySpan<byte> rest = Rest();
        int count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        Position += count;
        return count;
    }

    /// <inheritdoc/>
    public override void CopyTo(Stream destination, int bufferSize)
    {
        ValidateCopyToArguments(destination, bufferSize);
        ReadOnlySpan<byte> rest = Rest();
        Position += rest.Length;
        destination.Write(rest);
    }

    /// <inheritdoc/>
    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        int start = (int)Math.Min(Position, Length);
        Position = Math.Max(Position, Length);
        await destination.WriteAsync(_bytes.AsMemory(start), cancellationToken).ConfigureAwait(false);
    }

    // The position may be set beyond the end.
    private ReadOnlySpan<byte> Rest() => _bytes.AsSpan((int)Math.Min(Position, Length));
}

/// <summary>
/// Secret bytes in a response, such as a plaintext. Zeroed when disposed. Its text is a mark without any of the bytes.
/// </summary>
public sealed class KmsSecretBlob : KmsBlob
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal const string MarkBegin = "<secret, ";
    internal const string MarkEnd = ": not in text>";

    private readonly byte[] _bytes;

    /// <summary>Wraps bytes, which are not copied.</summary>
    /// <param name="bytes">The bytes.</param>
    public KmsSecretBlob(byte[] bytes)
        : base(bytes) => _bytes = bytes;

    /// <summary>Whether a text is what a secret blob was written as.</summary>
    /// <param name="text">The text.</param>
    public static bool IsMark(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(MarkBegin, StringComparison.Ordinal) && text.EndsWith(MarkEnd, StringComparison.Ordinal);
    }

    /// <summary>The text whose UTF-8 the bytes are: what was encrypted, where that was text. The caller keeps it secret.</summary>
    /// <exception cref="InvalidOperationException">The bytes are not UTF-8.</exception>
    /// <exception cref="ObjectDisposedException">The bytes were zeroed.</exception>
    public string ToText()
    {
        ObjectDisposedException.ThrowIf(!CanRead, this);
        try
        {
            return Utf8.GetString(_bytes);
        }
        catch (DecoderFallbackException)
        {
            // Without the cause, whose message shows bytes.
            throw new InvalidOperationException("The bytes are not text in UTF-8. ToArray() returns them.");
        }
    }

    /// <summary>A mark: the number of bytes, and none of them.</summary>
    public override string ToString() => MarkBegin + Size + MarkEnd;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_bytes);
        base.Dispose(disposing);
    }
}
