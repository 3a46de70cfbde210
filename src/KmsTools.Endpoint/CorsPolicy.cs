using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Endpoint;

/// <summary>
/// The origins whose web pages may call an endpoint from a browser, and the headers that permit it (CORS). The headers are those that AWS
/// answers browsers with, and the SDK for JavaScript sends no others. A page of another origin learns nothing.
/// </summary>
internal sealed class CorsPolicy
{
    /// <summary>Stands for all origins.</summary>
    public const string AnyOrigin = "*";

    private const string AllowedHeaders = "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token,x-amz-target,"
        + "x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request";

    private const string ExposedHeaders = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date";

    // Two days, as in the answers of AWS; browsers cap it at two hours or a day.
    private const string MaxAge = "172800";

    private readonly HashSet<string> _origins;
    private readonly bool _allowsAny;

    /// <summary>Permits these origins, in the form that browsers send.</summary>
    public CorsPolicy(IEnumerable<string> origins)
    {
        _origins = [.. origins];
        _allowsAny = _origins.Contains(AnyOrigin);
    }

    /// <summary>Reads an origin: the scheme http or https, a host, and a port unless it is the default one.</summary>
    /// <param name="text">The origin as a URL without a path, or * for all.</param>
    /// <param name="origin">The origin in the form that browsers send.</param>
    public static bool TryReadOrigin(string text, [NotNullWhen(true)] out string? origin)
    {
        origin = null;
        if (text == AnyOrigin)
        {
            origin = text;
        }
        else if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.UserInfo.Length == 0 && url.PathAndQuery == "/" && url.Fragment.Length == 0
            && !text.Contains('*', StringComparison.Ordinal))
        {
            string host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
            origin = $"{url.Scheme}://{host}{(url.IsDefaultPort ? "" : $":{url.Port}")}";
        }

        return origin is not null;
    }

    /// <summary>Permits the page that made a request to read the response, if its origin is one of these.</summary>
    /// <returns>Whether it is.</returns>
    public bool Allow(HttpContext http)
    {
        if (http.Request.Headers.Origin is not [{ } origin] || !(_allowsAny || _origins.Contains(origin)))
        {
            return false;
        }

        IHeaderDictionary headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = _allowsAny ? AnyOrigin : origin;
        headers.AccessControlExposeHeaders = ExposedHeaders;
        if (!_allowsAny)
        {
            headers.Vary = "Origin";
        }

        return true;
    }

    /// <summary>Whether a browser asks what it may send before it makes a call.</summary>
    public static bool IsPreflight(HttpRequest request) => request.Path == "/" && HttpMethods.IsOptions(request.Method)
        && request.Headers.AccessControlRequestMethod.Count > 0;

    /// <summary>Answers the preflight of an origin that is allowed: what a call needs.</summary>
    public static void AnswerPreflight(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentLength = 0;
        response.Headers.AccessControlAllowMethods = HttpMethods.Post;
        response.Headers.AccessControlAllowHeaders = AllowedHeaders;
        response.Headers.AccessControlMaxAge = MaxAge;
    }
}
