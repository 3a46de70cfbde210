using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using KmsTools.Http;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.Endpoint;

/// <summary>
/// The body of a request, in pooled memory. Must be disposed once: that zeroes it, because it may contain a plaintext, and returns the
/// memory, also to the budget that all requests share.
/// </summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>The maximum length of a body. The longest valid one is CreateKey with a policy of 131,072 escaped characters.</summary>
    public const int MaxSize = 1024 * 1024;

    /// <summary>The maximum length of a body before it is known who sends it.</summary>
    public const int MaxSizeOfStranger = 4096;

    private const int MaxPooled = 64 * 1024;

    // What is announced is not believed: memory is taken as bytes arrive.
    private const int MaxFirstSize = 16 * 1024;
    private const int UnknownSize = 4096;

    // An average of the bytes per second would let a sender hold on for hours after a good start.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(30);

    private readonly MemoryBudget _budget;
    private readonly byte[] _buffer;
    private readonly int _length;

    private RequestBody(MemoryBudget budget, byte[] buffer, int length)
    {
        _budget = budget;
        _buffer = buffer;
        _length = length;
    }

    /// <summary>Its bytes, valid until it is disposed.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <summary>Reads the body of a request to its end.</summary>
    /// <param name="request">The request.</param>
    /// <param name="budget">The memory that the bodies of all requests share.</param>
    /// <param name="maxSize">The maximum length.</param>
    /// <exception cref="CallException">
    /// It is too long, does not arrive in time, or is not valid HTTP; or the memory for bodies is used up.
    /// </exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpRequest request, MemoryBudget budget, int maxSize = MaxSize)
    {
        if (request.ContentLength > maxSize)
        {
            throw CallException.TooLarge(maxSize);
        }

        PipeReader reader = request.BodyReader;
        byte[] buffer = Rent(budget, (int)Math.Min(request.ContentLength ?? UnknownSize, MaxFirstSize));
        int length = 0;
        CancellationTokenSource? limit = null;
        try
        {
            while (true)
            {
                if (!reader.TryRead(out ReadResult read))
                {
                    limit ??= LimitTime(request);
                    read = await reader.ReadAsync(limit.Token).ConfigureAwait(false);
                }

                try
                {
                    Append(budget, ref buffer, ref length, read.Buffer, maxSize);
                }
                finally
                {
                    reader.AdvanceTo(read.Buffer.End);
                }

                if (read.IsCompleted)
                {
                    return new RequestBody(budget, buffer, length);
                }
            }
        }
        catch (Exception exception)
        {
            Return(budget, buffer, length);
            throw Refusal(exception, maxSize, hasTimedOut: limit?.IsCancellationRequested == true
                && !request.HttpContext.RequestAborted.IsCancellationRequested);
        }
        finally
        {
            limit?.Dispose();
        }
    }

    public void Dispose() => Return(_budget, _buffer, _length);

    private static CancellationTokenSource LimitTime(HttpRequest request)
    {
        CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted);
        limit.CancelAfter(MaxTime);
        return limit;
    }

    // Kestrel has two types for what is not HTTP: one of its own, and IOException for lengths of chunks that are not numbers.
    private static Exception Refusal(Exception exception, int maxSize, bool hasTimedOut) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => CallException.TooLarge(maxSize),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => CallException.Stalled(),
        OperationCanceledException when hasTimedOut => CallException.Stalled(),
        BadHttpRequestException => CallException.Serialization(exception.Message),
        IOException and not ConnectionResetException => CallException.Serialization("The body is not valid HTTP."),
        _ => exception,
    };

    // Large bodies are rare; the pool would retain their buffers.
    private static byte[] Rent(MemoryBudget budget, int length)
    {
        byte[] buffer = length <= MaxPooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
        if (budget.TryTake(buffer.Length))
        {
            return buffer;
        }

        if (length <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        throw CallException.OutOfMemory();
    }

    private static void Append(MemoryBudget budget, ref byte[] buffer, ref int length, in ReadOnlySequence<byte> received, int maxSize)
    {
        if (received.Length > maxSize - length)
        {
            throw CallException.TooLarge(maxSize);
        }

        int end = length + (int)received.Length;
        if (end > buffer.Length)
        {
            Grow(budget, ref buffer, length, Math.Max(end, Math.Min(2 * buffer.Length, maxSize)));
        }

        received.CopyTo(buffer.AsSpan(length));
        length = end;
    }

    private static void Grow(MemoryBudget budget, ref byte[] buffer, int length, int size)
    {
        byte[] larger = Rent(budget, size);
        buffer.AsSpan(0, length).CopyTo(larger);
        Return(budget, buffer, length);
        buffer = larger;
    }

    private static void Return(MemoryBudget budget, byte[] buffer, int length)
    {
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
        budget.Give(buffer.Length);
        if (buffer.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
