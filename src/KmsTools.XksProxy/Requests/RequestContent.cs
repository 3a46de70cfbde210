using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using KmsTools.Http;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// The body of a request, in pooled memory that all requests share. Must be disposed once, which zeroes it: a plaintext may be in it.
/// </summary>
internal readonly struct RequestContent : IDisposable
{
    private const int FirstSize = 4096;

    private readonly MemoryBudget _budget;
    private readonly byte[] _buffer;
    private readonly int _length;

    private RequestContent(MemoryBudget budget, byte[] buffer, int length) => (_budget, _buffer, _length) = (budget, buffer, length);

    /// <summary>The bytes, valid until it is disposed.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <summary>Reads a body to its end.</summary>
    /// <param name="request">The request.</param>
    /// <param name="max">The longest that is taken.</param>
    /// <param name="budget">The memory that all bodies share.</param>
    /// <exception cref="XksException">It is longer, or not valid HTTP; or the memory is used up.</exception>
    public static async ValueTask<RequestContent> ReadAsync(HttpRequest request, int max, MemoryBudget budget)
    {
        if (request.ContentLength > max)
        {
            throw XksException.TooLarge("The body", max);
        }

        PipeReader reader = request.BodyReader;
        byte[] buffer = Rent(budget, (int)Math.Clamp(request.ContentLength ?? FirstSize, FirstSize, max));
        int length = 0;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
                if (read.Buffer.Length > max - length)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    throw XksException.TooLarge("The body", max);
                }

                int end = length + (int)read.Buffer.Length;
                if (end > buffer.Length)
                {
                    byte[] larger = Rent(budget, Math.Min(Math.Max(end, 2 * buffer.Length), max));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Return(budget, buffer, length);
                    buffer = larger;
                }

                read.Buffer.CopyTo(buffer.AsSpan(length));
                length = end;
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return new RequestContent(budget, buffer, length);
                }
            }
        }
        catch (Exception exception)
        {
            Return(budget, buffer, length);
            if (exception is BadHttpRequestException or IOException and not ConnectionResetException)
            {
                throw new XksException(XksError.ValidationException, "The body is not valid HTTP, or did not arrive in time.", exception);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Return(_budget, _buffer, _length);

    private static byte[] Rent(MemoryBudget budget, int length)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        if (budget.TryTake(buffer.Length))
        {
            return buffer;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        throw new XksException(XksError.ThrottlingException, "The memory for the bodies of requests is used up by other requests.");
    }

    private static void Return(MemoryBudget budget, byte[] buffer, int length)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
        budget.Give(buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
