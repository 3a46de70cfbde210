using System.Net;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Requests;

/// <summary>
/// What every request must be before anything looks at it: for a host name of this server, and if it changes something from a page of its
/// own. Every answer says that no other site may frame it, read it or run scripts in it.
/// </summary>
internal sealed class RequestGate(RequestDelegate next, ConsoleOptions options)
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext http)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        if (!IsHost(http))
        {
            return RefuseAsync(http, StatusCodes.Status421MisdirectedRequest, "This is not a host name of the console.");
        }

        bool reads = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (!reads && !HttpMethods.IsPost(http.Request.Method))
        {
            return RefuseAsync(http, StatusCodes.Status405MethodNotAllowed, "The console takes GET and POST.");
        }

        return reads || IsFromHere(http.Request)
            ? ServeAsync(http)
            : RefuseAsync(http, StatusCodes.Status403Forbidden, "The request does not come from a page of the console.");
    }

    private async Task ServeAsync(HttpContext http)
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            options.Log($"Console: {http.Request.Method} {http.Request.Path}: {exception}");
            if (!http.Response.HasStarted)
            {
                await RefuseAsync(http, StatusCodes.Status500InternalServerError, "The console has failed. The endpoint says why.")
                    .ConfigureAwait(false);
            }
        }
    }

    private static bool IsFromHere(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        string origin = request.Headers.Origin.ToString();
        return site is "" or "same-origin" && (origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}");
    }

    private bool IsHost(HttpContext http)
    {
        HostString host = http.Request.Host;
        bool isPort = http.Connection.LocalPort == 0 || (host.Port ?? (http.Request.IsHttps ? 443 : 80)) == http.Connection.LocalPort;
        string name = host.Host;
        return isPort && (Loopback.Contains(name, StringComparer.OrdinalIgnoreCase)
            || (http.Request.IsHttps && (options.IsHost(name) || IsLocalAddress(http, name))));
    }

    // By TLS an address is as good as a name: no web site has a certificate for it.
    private static bool IsLocalAddress(HttpContext http, string name) =>
        IPAddress.TryParse(name.Trim('[', ']'), out IPAddress? address) && address.Equals(http.Connection.LocalIpAddress);

    private static Task RefuseAsync(HttpContext http, int status, string reason)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(reason, http.RequestAborted);
    }
}
