using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using KmsTools.Endpoint.Signing;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;

namespace KmsTools.Endpoint.Sts;

/// <summary>
/// The only call of AWS STS that clients of AWS KMS make as well, to get their account: GetCallerIdentity, in the query protocol. It is not
/// an operation of AWS KMS, and so leaves no event.
/// </summary>
internal sealed class StsHandler(KmsEngine engine)
{
    private const string ContentType = "application/x-www-form-urlencoded";
    private const string Action = "GetCallerIdentity";
    private const string Version = "2011-06-15";

    private static readonly XNamespace Namespace = $"https://sts.amazonaws.com/doc/{Version}/";

    private readonly SignatureVerifier _signatures = new(engine.AccessKeys, TimeProvider.System, "sts");

    /// <summary>Whether a request uses the query protocol. A request with a target is meant as AWS JSON.</summary>
    public static bool IsFor(HttpRequest request) => RequestHead.IsPostToRoot(request)
        && RequestHead.HasContentType(request, ContentType) && !request.Headers.ContainsKey(RequestHead.TargetHeader);

    /// <summary>Handles a request.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A fault in one call must reach its caller as a response and affect no other.")]
    public async Task HandleAsync(HttpContext http, string requestId)
    {
        try
        {
            using RequestBody body = await RequestBody.ReadAsync(http.Request).ConfigureAwait(false);
            RequireAction(http.Request, body.Span);
            if (http.Request.Query.ContainsKey(SignatureVerifier.QueryParameter))
            {
                throw CallException.SignedQuery();
            }

            SignatureClaim claim = _signatures.Parse(http.Request);
            string principalArn = _signatures.Verify(http.Request, claim, body.Span);
            Write(http.Response, StatusCodes.Status200OK, Answer(CallerIdentity.Of(principalArn), requestId));
        }
        catch (CallException exception)
        {
            (int status, string code, string message) = exception.ErrorCode switch
            {
                "UnrecognizedClientException" => (StatusCodes.Status403Forbidden, "InvalidClientTokenId", exception.Message),
                "InvalidSignatureException" => (StatusCodes.Status403Forbidden, "SignatureDoesNotMatch", exception.Message),
                "MissingAuthenticationTokenException" => (StatusCodes
                    .Status403Forbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"),
                _ => (exception.Status, exception.ErrorCode.Replace("Exception", "", StringComparison.Ordinal), exception.Message),
            };
            Write(http.Response, status, Error("Sender", code, message, requestId));
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException)
        {
            // The client is gone: there is nobody to respond to.
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync($"Request {requestId}: {exception}").ConfigureAwait(false);
            Write(
                http.Response,
                StatusCodes.Status500InternalServerError,
                Error("Receiver", "InternalFailure", "The request failed inside KmsTools.", requestId));
        }
    }

    private static void RequireAction(HttpRequest request, ReadOnlySpan<byte> body)
    {
        string? action = null;
        string? version = null;
        foreach (ReadOnlyMemory<char> parameters in new[] {
            request.QueryString.Value.AsMemory(),
            Encoding.UTF8.GetString(body).AsMemory() })
        {
            foreach (QueryStringEnumerable.EncodedNameValuePair parameter in new QueryStringEnumerable(parameters))
            {
                switch (parameter.DecodeName().Span)
                {
                    case "Action":
                        action ??= parameter.DecodeValue().ToString();
                        break;
                    case "Version":
                        version ??= parameter.DecodeValue().ToString();
                        break;
                }
            }
        }

        if (action is null)
        {
            throw new CallException("MissingAction", "Missing Action");
        }

        if (action != Action || version != Version)
        {
            throw new CallException("InvalidAction", $"Could not find operation {action} for version {version ?? "NO_VERSION_SPECIFIED"}");
        }
    }

    private static XElement Answer(CallerIdentity caller, string requestId) => new(
        Namespace + "GetCallerIdentityResponse",
        new XElement(
            Namespace + "GetCallerIdentityResult",
            new XElement(Namespace + "Arn", caller.Arn),
            new XElement(Namespace + "UserId", caller.UserId),
            new XElement(Namespace + "Account", caller.Account)),
        new XElement(Namespace + "ResponseMetadata", new XElement(Namespace + "RequestId", requestId)));

    // A message may quote the request, which may contain characters that XML does not allow.
    private static XElement Error(string type, string code, string message, string requestId) => new(
        Namespace + "ErrorResponse",
        new XElement(
            Namespace + "Error",
            new XElement(Namespace + "Type", type),
            new XElement(Namespace + "Code", code),
            new XElement(Namespace + "Message", string.Concat(message.Select(static c => XmlConvert.IsXmlChar(c) ? c : '\uFFFD')))),
        new XElement(Namespace + "RequestId", requestId));

    private static void Write(HttpResponse response, int status, XElement content)
    {
        if (response.HasStarted)
        {
            return;
        }

        response.StatusCode = status;
        response.ContentType = "text/xml";
        ResponseBody.Write(response, body => body.Write(content.ToString()));
    }
}
