using KmsTools.Http;
using Microsoft.Extensions.Primitives;

namespace KmsTools.Endpoint.Signing;

/// <summary>A request of Kestrel as its signature covers it.</summary>
internal readonly struct KestrelRequest(HttpRequest request) : ISignableRequest
{
    public string Method => request.Method;

    // Only calls get here, and they have no other.
    public string Path => "/";

    public string Query => request.QueryString.HasValue ? request.QueryString.Value[1..] : "";

    public string? Header(string name) => request.Headers.TryGetValue(name, out StringValues values) ? values.ToString() : null;
}
