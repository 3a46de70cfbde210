using System.Buffers;
using System.Security.Cryptography;

namespace KmsTools.Endpoint;

/// <summary>
/// The body of a request, in pooled memory. Must be disposed once: that zeroes it, because it may contain a plaintext, and returns the
/// memory.
/// </summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>The maximum length of a body. The longest valid one is CreateKey with a policy of 131,072 escaped characters.</summary>
    public const int MaxSize = 1024 * 1024;

    private const int MaxPooled = 64 * 1024;
    private const int UnknownSize = 4096;

    private readonly byte[] _buffer;
    private readonly int _length;

    private RequestBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>Its bytes, valid until it is disposed.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <summary>Reads the body of a request to its end.</summary>
    /// <exception cref="CallException">It is too long, does not arrive in time, or is not valid HTTP.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxSize)
        {
            throw CallException.TooLarge();
        }

        // One byte more than expected: the read that finds the end needs room.
        byte[] buffer = Rent((int)(request.ContentLength ?? UnknownSize) + 1);
        int length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    byte[] larger = Rent(Math.Min(buffer.Length * 2, MaxSize + 1));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Return(buffer, length);
                    buffer = larger;
                }

                int read = await request.Body.ReadAsync(buffer.AsMemory(length), request.HttpContext.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    return new RequestBody(buffer, length);
                }

                length += read;
            }
        }
        catch (Exception exception)
        {
            Return(buffer, length);
            throw exception switch
            {
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => CallException.TooLarge(),
                BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => CallException.Stalled(),
                BadHttpRequestException bad => CallException.Serialization(bad.Message),
                _ => exception,
            };
        }
    }

    public void Dispose() => Return(_buffer, _length);

    // Large bodies are rare; the pool would retain their buffers.
    private static byte[] Rent(int length) =>
        length <= MaxPooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);

    private static void Return(byte[] buffer, int length)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
        if (buffer.Length <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
