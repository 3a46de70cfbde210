using System.Net;
using KmsTools.Endpoint.Signing;
using KmsTools.Http;

namespace KmsTools.Endpoint;

/// <summary>The content of the head of a request, for all protocols.</summary>
internal static class RequestHead
{
    /// <summary>The header that names an operation of AWS JSON.</summary>
    public const string TargetHeader = "X-Amz-Target";

    private const int MaxUserAgentLength = 1024;

    /// <summary>Whether it is POST /, as for all calls.</summary>
    public static bool IsPostToRoot(HttpRequest request) => request.Path == "/" && HttpMethods.IsPost(request.Method);

    /// <summary>Whether the Content-Type is the given one, whatever its parameters.</summary>
    public static bool HasContentType(HttpRequest request, string type)
    {
        ReadOnlySpan<char> contentType = request.ContentType;
        if (contentType.IndexOf(';') is var end and >= 0)
        {
            contentType = contentType[..end];
        }

        return contentType.TrimBlanks().Equals(type, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The client's name for itself, for the event of the call: at most 1,024 characters, and - if there is none.</summary>
    public static string UserAgent(HttpRequest request) =>
        request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(agent.Length, MaxUserAgentLength)] : "-";

    /// <summary>The caller of a call, as its signature and its connection show it.</summary>
    public static Caller CallerOf(HttpContext http, in SignedHead head, string requestId) => head.Credentials.ToCaller() with
    {
        Region = head.Region,

        // A Unix socket has no addresses: its clients are on this machine.
        SourceIPAddress = (http.Connection.RemoteIpAddress ?? IPAddress.Loopback).ToString(),
        SecureTransport = http.Request.IsHttps,
        UserAgent = UserAgent(http.Request),
        RequestId = requestId,
    };
}
