using System.Xml.Linq;
using KmsTools.Endpoint.Metrics;
using KmsTools.Endpoint.Signing;
using KmsTools.Http;
using KmsTools.Sts;
using Microsoft.Extensions.Primitives;

namespace KmsTools.Endpoint.Sts;

/// <summary>Handles one call of AWS STS, in the query protocol: temporary credentials, and who the caller is.</summary>
internal sealed class StsHandler(KmsEngine engine, MemoryBudget bodies, CallMetrics? metrics, SignatureRefusals refusals)
    : ProtocolHandler(metrics, refusals)
{
    private const string ContentType = "application/x-www-form-urlencoded";

    private readonly RequestAuthenticator _callers = new(engine.Authenticator, TimeProvider.System, "sts");

    /// <summary>Whether a request uses the query protocol. A request with a target is meant as AWS JSON.</summary>
    public static bool IsFor(HttpRequest request) => RequestHead.IsPostToRoot(request)
        && RequestHead.HasContentType(request, ContentType) && !request.Headers.ContainsKey(RequestHead.TargetHeader);

    protected override async Task AnswerAsync(HttpContext http, string requestId)
    {
        // AWS names an action that it does not have before it asks who calls; that much is read for a stranger.
        bool isSigned = !StringValues.IsNullOrEmpty(http.Request.Headers.Authorization);
        SignedHead? signed = isSigned ? _callers.VerifyHead(http.Request) : null;
        int maxSize = isSigned ? RequestBody.MaxSize : RequestBody.MaxSizeOfStranger;
        using RequestBody body = await RequestBody.ReadAsync(http.Request, bodies, maxSize).ConfigureAwait(false);
        QueryParameters parameters = QueryParameters.Read(http.Request, body.Span);
        (string action, Func<Caller, XElement?[]> call) = FindCall(parameters);
        if (http.Request.Query.ContainsKey(RequestAuthenticator.QueryParameter))
        {
            throw CallException.SignedQuery();
        }

        SignedHead head = signed ?? _callers.VerifyHead(http.Request);
        head = _callers.VerifyBody(http.Request, head, body.Span);
        XElement?[] result = call(RequestHead.CallerOf(http, head, requestId));
        Write(http.Response, StatusCodes.Status200OK, StsXml.Answer(action, requestId, result));
    }

    protected override string NameOf(HttpRequest request) => "STS";

    // Errors of signatures have other names in the query protocol than in AWS JSON.
    protected override void Refuse(HttpResponse response, int status, string errorCode, string message, string requestId)
    {
        (status, string code, message) = errorCode switch
        {
            "UnrecognizedClientException" => (StatusCodes.Status403Forbidden, "InvalidClientTokenId", message),
            "ExpiredTokenException" => (StatusCodes.Status403Forbidden, "ExpiredToken", message),
            "InvalidSignatureException" => (StatusCodes.Status403Forbidden, "SignatureDoesNotMatch", message),
            "MissingAuthenticationTokenException" =>
                (StatusCodes.Status403Forbidden, "MissingAuthenticationToken", "Request is missing Authentication Token"),
            _ => (status, errorCode.Replace("Exception", "", StringComparison.Ordinal), message),
        };
        Write(response, status, StsXml.Error("Sender", code, message, requestId));
    }

    protected override void Fail(HttpResponse response, string message, string requestId) =>
        Write(response, StatusCodes.Status500InternalServerError, StsXml.Error("Receiver", "InternalFailure", message, requestId));

    private (string Action, Func<Caller, XElement?[]> Call) FindCall(QueryParameters parameters)
    {
        string action = parameters.Text("Action") ?? throw new CallException("MissingAction", "Missing Action");
        string? version = parameters.Text("Version");
        Func<Caller, XElement?[]>? call = version != StsXml.Version ? null : action switch
        {
            nameof(SecurityTokenService.AssumeRole) =>
                caller => StsXml.Of(engine.Sts.AssumeRole(StsRequests.AssumeRole(parameters), caller)),
            nameof(SecurityTokenService.GetSessionToken) =>
                caller => StsXml.Of(engine.Sts.GetSessionToken(StsRequests.GetSessionToken(parameters), caller)),
            nameof(SecurityTokenService.GetFederationToken) =>
                caller => StsXml.Of(engine.Sts.GetFederationToken(StsRequests.GetFederationToken(parameters), caller)),
            nameof(SecurityTokenService.GetCallerIdentity) => caller => StsXml.Of(engine.Sts.GetCallerIdentity(caller)),
            _ => null,
        };
        return call is null
            ? throw new CallException("InvalidAction", $"Could not find operation {action} for version {version ?? "NO_VERSION_SPECIFIED"}")
            : (action, call);
    }

    private static void Write(HttpResponse response, int status, XElement content)
    {
        response.StatusCode = status;
        response.ContentType = "text/xml";
        ResponseBody.Write(response, body => body.Write(content.ToString()));
    }
}
