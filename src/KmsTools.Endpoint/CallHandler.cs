using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Endpoint.Json;
using KmsTools.Endpoint.Signing;
using KmsTools.Endpoint.Sts;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Validation;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.Endpoint;

/// <summary>
/// One HTTP request, from its head to its answer: AWS JSON 1.1 with the target prefix TrentService. Knows no operation of the API.
/// </summary>
internal sealed class CallHandler(KmsEngine engine)
{
    /// <summary>The longest body that is read. The longest one with a meaning is CreateKey with a policy of 131,072 escaped characters.</summary>
    public const int MaxBodySize = 1024 * 1024;

    /// <summary>The header that names the operation.</summary>
    public const string TargetHeader = "X-Amz-Target";

    private const int MaxPooled = 64 * 1024;
    private const string ContentType = "application/x-amz-json-1.1";
    private const string TargetPrefix = "TrentService.";
    private const string RequestIdHeader = "x-amzn-RequestId";
    private const string HealthPath = "/healthz";
    private const int MaxUserAgentLength = 1024;

    private static readonly JsonWriterOptions ErrorOptions = new() { Encoder = KmsJson.Encoder };

    private readonly SignatureVerifier _signatures = new(engine.AccessKeys, TimeProvider.System, "kms");
    private readonly StsHandler _sts = new(engine);

    /// <summary>Answers a request.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A fault in one call must reach its caller as an answer, and nobody else.")]
    public async Task HandleAsync(HttpContext http)
    {
        if (http.Request.Path == HealthPath)
        {
            await AnswerHealthAsync(http).ConfigureAwait(false);
            return;
        }

        string requestId = Guid.NewGuid().ToString("D");
        http.Response.Headers[RequestIdHeader] = requestId;
        byte[]? rented = null;
        int length = 0;
        try
        {
            if (FindOperation(http.Request) is not { } operation)
            {
                await _sts.HandleAsync(http, requestId).ConfigureAwait(false);
                return;
            }

            Authorization authorization = _signatures.Parse(http.Request);
            (rented, length) = await ReadBodyAsync(http.Request).ConfigureAwait(false);
            string principalArn = _signatures.Verify(http.Request, authorization, rented.AsSpan(0, length));
            object request = KmsJson.Read(operation.RequestType, rented.AsSpan(0, length));
            try
            {
                object response = await engine.ExecuteAsync(operation, request, CallerOf(http, principalArn, authorization, requestId)).ConfigureAwait(false);
                Write(http.Response, operation, response);
            }
            finally
            {
                ZeroSecrets(operation.Shape, request);
            }
        }
        catch (CallException error)
        {
            WriteError(http.Response, error.Status, error.ErrorCode, error.Message);
        }
        catch (KmsException error)
        {
            WriteError(http.Response, error.HttpStatusCode, error.ErrorCode, error.Message);
        }
        catch (Exception hungUp) when (hungUp is OperationCanceledException or ConnectionResetException)
        {
            // Nobody is left to be answered.
        }
        catch (Exception fault)
        {
            await Console.Error.WriteLineAsync($"Request {requestId}: {fault}").ConfigureAwait(false);
            WriteError(http.Response, StatusCodes.Status500InternalServerError, "KMSInternalException", "The request failed inside KmsTools.");
        }
        finally
        {
            if (rented is not null)
            {
                Return(rented, length);
            }
        }
    }

    /// <summary>Whether the body of a request is said to be of a type, whatever its parameters.</summary>
    public static bool HasContentType(HttpRequest request, string type)
    {
        ReadOnlySpan<char> contentType = request.ContentType;
        if (contentType.IndexOf(';') is var end and >= 0)
        {
            contentType = contentType[..end];
        }

        return contentType.Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads the body. What is returned goes to <see cref="Return"/>.</summary>
    public static async ValueTask<(byte[] Buffer, int Length)> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBodySize)
        {
            throw CallException.TooLarge();
        }

        // One byte more than there should be: the read that finds the end needs room.
        byte[] buffer = Rent((int)(request.ContentLength ?? 4096) + 1);
        int length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    byte[] larger = Rent(Math.Min(buffer.Length * 2, MaxBodySize + 1));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Return(buffer, length);
                    buffer = larger;
                }

                int read = await request.Body.ReadAsync(buffer.AsMemory(length), request.HttpContext.RequestAborted).ConfigureAwait(false);
                if (read == 0)
                {
                    return (buffer, length);
                }

                length += read;
            }
        }
        catch (Exception error)
        {
            Return(buffer, length);
            throw error switch
            {
                BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => CallException.TooLarge(),
                BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => CallException.Stalled(),
                BadHttpRequestException bad => CallException.Serialization(bad.Message),
                _ => error,
            };
        }
    }

    /// <summary>Gives back what a body was read into.</summary>
    public static void Return(byte[] buffer, int length)
    {
        // It may hold a plaintext.
        CryptographicOperations.ZeroMemory(buffer.AsSpan(0, length));
        if (buffer.Length <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the body into the same buffer as the head, which leaves with it in one write when the request ends.</summary>
    public static void WriteBody(HttpResponse response, Action<PooledBuffer> write)
    {
        using var buffer = new PooledBuffer();
        write(buffer);
        response.ContentLength = buffer.WrittenSpan.Length;
        response.Headers.CacheControl = "no-store";
        response.BodyWriter.Write(buffer.WrittenSpan);
    }

    // The operation of AWS KMS, or null for a call to AWS STS. The call that comes by the thousand is recognised first.
    private static Operation? FindOperation(HttpRequest request)
    {
        bool isPost = request.Path == "/" && HttpMethods.IsPost(request.Method);
        if (isPost && !request.QueryString.HasValue && HasContentType(request, ContentType))
        {
            return request.Headers[TargetHeader] is [{ } target] && target.StartsWith(TargetPrefix, StringComparison.Ordinal)
                ? OperationCatalog.Find(target[TargetPrefix.Length..]) ?? throw CallException.UnknownOperation()
                : throw CallException.UnknownOperation();
        }

        return StsHandler.IsFor(request) ? null
            : request.Query.ContainsKey(SignatureVerifier.QueryParameter) ? throw CallException.SignedQuery()
            : isPost && !request.QueryString.HasValue
                ? throw CallException.UnknownOperation($"The Content-Type must be {ContentType}.", StatusCodes.Status415UnsupportedMediaType)
                : throw CallException.UnknownOperation(
                    "Calls are made with POST / and an X-Amz-Target header: AWS JSON 1.1 is the only protocol.", StatusCodes.Status404NotFound);
    }

    // Large bodies are rare; the pool would keep their buffers.
    private static byte[] Rent(int length) => length <= MaxPooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);

    private static Caller CallerOf(HttpContext http, string principalArn, Authorization authorization, string requestId) => new()
    {
        PrincipalArn = principalArn,
        Region = authorization.Region,
        SourceIPAddress = http.Connection.RemoteIpAddress?.ToString() ?? "",
        UserAgent = UserAgent(http.Request),
        RequestId = requestId,
    };

    private static string UserAgent(HttpRequest request) =>
        request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(agent.Length, MaxUserAgentLength)] : "-";

    private static void Write(HttpResponse response, Operation operation, object content)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
        if (content is not EmptyResponse)
        {
            WriteBody(response, writer => KmsJson.Write(writer, content));
        }
        else if (operation.Shape.Members.Any(static member => member.Name == nameof(Key.CustomKeyStoreId)))
        {
            // In the service model the operations on custom key stores have an output without members; the others have none.
            WriteBody(response, static writer => writer.Write("{}"u8));
        }
        else
        {
            response.ContentLength = 0;
        }
    }

    private static void WriteError(HttpResponse response, int status, string code, string message)
    {
        if (response.HasStarted)
        {
            return;
        }

        response.StatusCode = status;
        response.ContentType = ContentType;
        WriteBody(response, body =>
        {
            using var writer = new Utf8JsonWriter(body, ErrorOptions);
            writer.WriteStartObject();
            writer.WriteString("__type", code);
            if (message.Length > 0)
            {
                writer.WriteString("message", message);
            }

            writer.WriteEndObject();
        });
    }

    private static void ZeroSecrets(RequestShape shape, object request)
    {
        foreach (MemberShape member in shape.Members)
        {
            if (member.IsBlob && member.Constraints.Sensitive)
            {
                CryptographicOperations.ZeroMemory((byte[]?)member.Get(request));
            }
        }
    }

    private async Task AnswerHealthAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        try
        {
            engine.OpenReader().Dispose();
            WriteBody(http.Response, static writer => writer.Write("""{"status":"ok"}"""u8));
        }
        catch (StateStoreException error)
        {
            await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            WriteBody(http.Response, static writer => writer.Write("""{"status":"unavailable"}"""u8));
        }
    }
}
