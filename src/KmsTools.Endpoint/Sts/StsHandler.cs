using System.Text;
using System.Xml;
using System.Xml.Linq;
using KmsTools.Endpoint.Signing;
using Microsoft.AspNetCore.WebUtilities;

namespace KmsTools.Endpoint.Sts;

/// <summary>
/// The only call of AWS STS that clients of AWS KMS make as well, to get their account: GetCallerIdentity, in the query protocol. It is not
/// an operation of AWS KMS, and so leaves no event.
/// </summary>
internal sealed class StsHandler(KmsEngine engine) : ProtocolHandler
{
    private const string ContentType = "application/x-www-form-urlencoded";
    private const string Action = "GetCallerIdentity";
    private const string Version = "2011-06-15";

    private static readonly XNamespace Namespace = $"https://sts.amazonaws.com/doc/{Version}/";

    private readonly SignatureVerifier _signatures = new(engine.AccessKeys, TimeProvider.System, "sts");

    /// <summary>Whether a request uses the query protocol. A request with a target is meant as AWS JSON.</summary>
    public static bool IsFor(HttpRequest request) => RequestHead.IsPostToRoot(request)
        && RequestHead.HasContentType(request, ContentType) && !request.Headers.ContainsKey(RequestHead.TargetHeader);

    protected override async Task AnswerAsync(HttpContext http, string requestId)
    {
        using RequestBody body = await RequestBody.ReadAsync(http.Request).ConfigureAwait(false);
        RequireAction(http.Request, body.Span);
        if (http.Request.Query.ContainsKey(SignatureVerifier.QueryParameter))
        {
            throw CallException.SignedQuery();
        }

        Authorization authorization = _signatures.Parse(http.Request);
        string principalArn = _signatures.Verify(http.Request, authorization, body.Span);
        Write(http.Response, StatusCodes.Status200OK, Answer(CallerIdentity.Of(principalArn), requestId));
    }

    protected override void Refuse(HttpResponse response, int status, string errorCode, string message, string requestId)
    {
        (status, string code, message) = errorCode switch
        {
            "UnrecognizedClientException" => (StatusCodes.Status403Forbidden, "InvalidClientTokenId", message),
            "InvalidSignatureException" => (StatusCodes.Status403Forbidden, "SignatureDoesNotMatch", message),
            "MissingAuthenticationTokenException" =>
                (StatusCodes.Status403Forbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"),
            _ => (status, errorCode.Replace("Exception", "", StringComparison.Ordinal), message),
        };
        Write(response, status, Error("Sender", code, message, requestId));
    }

    protected override void Fail(HttpResponse response, string message, string requestId) =>
        Write(response, StatusCodes.Status500InternalServerError, Error("Receiver", "InternalFailure", message, requestId));

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
        response.StatusCode = status;
        response.ContentType = "text/xml";
        ResponseBody.Write(response, body => body.Write(content.ToString()));
    }
}
