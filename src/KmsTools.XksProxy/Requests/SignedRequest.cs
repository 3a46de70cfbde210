using KmsTools.Http;
using Microsoft.Extensions.Primitives;

namespace KmsTools.XksProxy.Requests;

/// <summary>A request of Kestrel as its signature covers it.</summary>
/// <param name="request">The request.</param>
/// <param name="target">Its path as it was sent.</param>
internal readonly struct SignedRequest(HttpRequest request, string target) : ISignableRequest
{
    public string Method => request.Method;

    public string Path => target;

    // A target with a query is none of the API.
    public string Query => "";

    public string? Header(string name) => request.Headers.TryGetValue(name, out StringValues values) ? values.ToString() : null;
}
