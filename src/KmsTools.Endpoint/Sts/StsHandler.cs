using System.Diagnostics.CodeAnalysis;
using System.Xml.Linq;
using KmsTools.AccessKeys;
using KmsTools.Endpoint.Signing;
using KmsTools.Sts;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.Endpoint.Sts;

/// <summary>Handles one call of AWS STS, in the query protocol: temporary credentials, and who the caller is.</summary>
internal sealed class StsHandler(KmsEngine engine)
{
    private const string ContentType = "application/x-www-form-urlencoded";

    private readonly SignatureVerifier _signatures = new(engine.Authenticator, TimeProvider.System, "sts");

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
            QueryParameters parameters = QueryParameters.Read(http.Request, body.Span);
            (string action, Func<Caller, XElement?[]> call) = FindCall(parameters);
            if (http.Request.Query.ContainsKey(SignatureVerifier.QueryParameter))
            {
                throw CallException.SignedQuery();
            }

            SignatureClaim claim = _signatures.Parse(http.Request);
            CallerCredentials credentials = _signatures.Verify(http.Request, claim, body.Span);
            XElement?[] result = call(RequestHead.CallerOf(http, credentials, claim.Region, requestId));
            Write(http.Response, StatusCodes.Status200OK, StsXml.Answer(action, requestId, result));
        }
        catch (CallException exception)
        {
            WriteError(http.Response, exception.ErrorCode, exception.Message, exception.Status, requestId);
        }
        catch (KmsException exception)
        {
            WriteError(http.Response, exception.ErrorCode, exception.Message, exception.HttpStatusCode, requestId);
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
                StsXml.Error("Receiver", "InternalFailure", "The request failed inside KmsTools.", requestId));
        }
    }

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

    // Errors of signatures have other names in the query protocol than in AWS JSON.
    private static void WriteError(HttpResponse response, string errorCode, string message, int status, string requestId)
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
