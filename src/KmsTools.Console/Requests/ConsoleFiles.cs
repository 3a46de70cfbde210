using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Requests;

/// <summary>The style sheet and the script, which are parts of the assembly.</summary>
internal static class ConsoleFiles
{
    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>
    {
        ["console.css"] = "text/css; charset=utf-8",
        ["console.js"] = "text/javascript; charset=utf-8",
        ["icon.svg"] = "image/svg+xml",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Answers with one of them.</summary>
    public static async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.RouteValues["name"] is not string name || !Types.TryGetValue(name, out string? type)
            || typeof(ConsoleFiles).Assembly.GetManifestResourceStream(name) is not { } content)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await using (content.ConfigureAwait(false))
        {
            http.Response.ContentType = type;
            http.Response.ContentLength = content.Length;

            // Nothing secret, and another version of the module has another address.
            http.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            await content.CopyToAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>The URL of one of them.</summary>
    public static string Url(string name) =>
        $"{ConsoleHost.Root}/assets/{name}?v={typeof(ConsoleFiles).Assembly.ManifestModule.ModuleVersionId:N}";
}
