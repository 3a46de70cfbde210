using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Endpoint.Json;
using KmsTools.Endpoint.Metrics;
using KmsTools.Endpoint.Signing;
using KmsTools.Http;
using KmsTools.Operations;
using KmsTools.Validation;

namespace KmsTools.Endpoint;

/// <summary>
/// Handles one call of AWS KMS, from its head to its response: AWS JSON 1.1 with the target prefix TrentService. Has no code for any
/// particular operation.
/// </summary>
internal sealed class CallHandler(KmsEngine engine, MemoryBudget bodies, CallMetrics? metrics, SignatureRefusals refusals)
    : ProtocolHandler(metrics, refusals)
{
    private const string ContentType = "application/x-amz-json-1.1";
    private const string TargetPrefix = "TrentService.";

    private static readonly JsonWriterOptions ErrorOptions = new() { Encoder = KmsJson.Encoder };

    private readonly RequestAuthenticator _callers = new(engine.Authenticator, TimeProvider.System, "kms");

    protected override async Task AnswerAsync(HttpContext http, string requestId)
    {
        Operation operation = FindOperation(http.Request);
        SignedHead head = _callers.VerifyHead(http.Request);
        using RequestBody body = await RequestBody.ReadAsync(http.Request, bodies).ConfigureAwait(false);
        head = _callers.VerifyBody(http.Request, head, body.Span);
        object request = KmsJson.Read(operation.RequestType, body.Span);
        try
        {
            object response = await engine.ExecuteAsync(
                operation,
                request,
                RequestHead.CallerOf(http, head, requestId),
                new CallObserver { Warning = text => Console.Error.WriteLine($"Request {requestId}: {text}") }).ConfigureAwait(false);
            Write(http.Response, operation, response);
        }
        finally
        {
            ZeroSecrets(operation.Shape, request);
        }
    }

    protected override void Refuse(HttpResponse response, int status, string errorCode, string message, string requestId) =>
        WriteError(response, status, errorCode, message);

    protected override void Fail(HttpResponse response, string message, string requestId) =>
        WriteError(response, StatusCodes.Status500InternalServerError, "KMSInternalException", message);

    protected override string NameOf(HttpRequest request) => OperationOf(request)?.Name ?? "unknown";

    private static Operation? OperationOf(HttpRequest request) =>
        request.Headers[RequestHead.TargetHeader] is [{ } target] && target.StartsWith(TargetPrefix, StringComparison.Ordinal)
            ? OperationCatalog.Find(target[TargetPrefix.Length..]) : null;

    private static Operation FindOperation(HttpRequest request)
    {
        bool isCall = RequestHead.IsPostToRoot(request) && !request.QueryString.HasValue;
        if (isCall && RequestHead.HasContentType(request, ContentType))
        {
            return OperationOf(request) ?? throw CallException.UnknownOperation();
        }

        if (request.Query.ContainsKey(RequestAuthenticator.QueryParameter))
        {
            throw CallException.SignedQuery();
        }

        if (isCall)
        {
            throw CallException.UnknownOperation($"The Content-Type must be {ContentType}.", StatusCodes.Status415UnsupportedMediaType);
        }

        throw CallException.UnknownOperation(
            "Calls are made with POST / and an X-Amz-Target header: AWS JSON 1.1 is the only protocol.", StatusCodes.Status404NotFound);
    }

    private static void Write(HttpResponse response, Operation operation, object content)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = ContentType;
        if (operation.AnswersWithObject)
        {
            ResponseBody.Write(response, body => KmsJson.Write(body, content));
        }
        else
        {
            response.ContentLength = 0;
        }
    }

    private static void WriteError(HttpResponse response, int status, string code, string message)
    {
        response.StatusCode = status;
        response.ContentType = ContentType;
        ResponseBody.Write(response, body =>
        {
            using Utf8JsonWriter writer = new(body, ErrorOptions);
            writer.WriteStartObject();
            writer.WriteString("__type", code);
            if (message.Length > 0)
            {
                // AWS KMS writes this one error with a capital letter; clients read both.
                writer.WriteString(code == "AccessDeniedException" ? "Message" : "message", message);
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
}
