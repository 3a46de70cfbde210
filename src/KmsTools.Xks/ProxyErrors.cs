using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>What it means when a request does not succeed.</summary>
internal static class ProxyErrors
{
    private const int MaxMessage = 512;

    /// <summary>An answer whose status is not 200. Its errorName decides; its status does only where the name is missing.</summary>
    /// <param name="status">The status.</param>
    /// <param name="reply">The body.</param>
    /// <param name="accessKeyId">The access key ID, which is not repeated.</param>
    public static XksException OfReply(HttpStatusCode status, ReadOnlyMemory<byte> reply, string accessKeyId)
    {
        using JsonDocument? document = ProxyReplies.TryParse(reply);
        if (document is null)
        {
            return new XksException(
                XksFailure.InvalidResponse,
                $"The proxy answered with HTTP status {(int)status}, and without an error of the XKS proxy API in JSON.");
        }

        string? message = Text(document.RootElement, "errorMessage") is { } text ? Printable(text, accessKeyId) : null;
        if (!document.RootElement.TryGetProperty("errorName", out _))
        {
            return new XksException(OfStatus(status), $"The proxy answered with HTTP status {(int)status}, and without an errorName.")
            {
                ProxyMessage = message,
            };
        }

        return Text(document.RootElement, "errorName") is { } name && OfName(name) is { } failure
            ? new XksException(failure, $"The proxy answered with {name} (HTTP status {(int)status}).") { ProxyMessage = message }
            : new XksException(
                XksFailure.InvalidResponse,
                $"The proxy answered with HTTP status {(int)status}, and an errorName that the XKS proxy API does not have.")
            {
                ProxyMessage = message,
            };
    }

    /// <summary>No answer.</summary>
    /// <param name="exception">Why not.</param>
    public static XksException OfRequest(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => new XksException(
            XksFailure.Unreachable, $"The host name of the proxy cannot be resolved: {Reason(exception)}", exception),
        HttpRequestError.ConnectionError => new XksException(
            XksFailure.Unreachable, $"No connection to the proxy can be made: {Reason(exception)}", exception),
        HttpRequestError.SecureConnectionError => new XksException(
            XksFailure.TlsFailed, $"No TLS session with the proxy can be made: {Reason(exception)}", exception),
        HttpRequestError.ConfigurationLimitExceeded => new XksException(
            XksFailure.InvalidResponse, "The answer of the proxy is too long for one of the XKS proxy API.", exception),
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError =>
            new XksException(XksFailure.InvalidResponse, $"The answer of the proxy is not HTTP/1.1: {Reason(exception)}", exception),
        _ => new XksException(
            XksFailure.ConnectionBroken, $"The connection to the proxy broke before its answer was whole: {Reason(exception)}", exception),
    };

    /// <summary>The errorName of a failure that the proxy names; null for other failures.</summary>
    public static string? NameOf(XksFailure failure) => failure switch
    {
        XksFailure.Validation => "ValidationException",
        XksFailure.InvalidState => "InvalidStateException",
        XksFailure.InvalidCiphertext => "InvalidCiphertextException",
        XksFailure.InvalidKeyUsage => "InvalidKeyUsageException",
        XksFailure.AuthenticationFailed => "AuthenticationFailedException",
        XksFailure.AccessDenied => "AccessDeniedException",
        XksFailure.KeyNotFound => "KeyNotFoundException",
        XksFailure.InvalidUriPath => "InvalidUriPathException",
        XksFailure.Throttling => "ThrottlingException",
        XksFailure.Internal => "InternalException",
        XksFailure.UnsupportedOperation => "UnsupportedOperationException",
        XksFailure.DependencyTimeout => "DependencyTimeoutException",
        _ => null,
    };

    private static XksFailure? OfName(string name)
    {
        foreach (XksFailure failure in Enum.GetValues<XksFailure>())
        {
            if (NameOf(failure) == name)
            {
                return failure;
            }
        }

        return null;
    }

    private static XksFailure OfStatus(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => XksFailure.Validation,
        HttpStatusCode.Unauthorized => XksFailure.AuthenticationFailed,
        HttpStatusCode.Forbidden => XksFailure.AccessDenied,

        // It may be the key that is missing, but to say so would lead users to give a key up.
        HttpStatusCode.NotFound => XksFailure.InvalidUriPath,
        HttpStatusCode.TooManyRequests => XksFailure.Throttling,
        HttpStatusCode.InternalServerError => XksFailure.Internal,
        HttpStatusCode.NotImplemented => XksFailure.UnsupportedOperation,
        HttpStatusCode.ServiceUnavailable => XksFailure.DependencyTimeout,
        _ => XksFailure.InvalidResponse,
    };

    private static string? Text(JsonElement root, string name)
    {
        try
        {
            return root.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String
                ? member.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            return null;
        }
    }

    private static string Printable(string text, string accessKeyId)
    {
        string cut = text.Replace(accessKeyId, "***", StringComparison.Ordinal);
        return string.Create(Math.Min(cut.Length, MaxMessage), cut, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
            }
        });
    }

    // The innermost reason is the one that says something.
    private static string Reason(Exception exception)
    {
        Exception reason = exception;
        while (reason.InnerException is { } inner && reason is not (AuthenticationException or SocketException))
        {
            reason = inner;
        }

        return reason.Message;
    }
}
