using System.Security.Cryptography;
using System.Text;
using KmsTools.Persistence;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Requests;

/// <summary>
/// The cookies of a console. Browsers do not tell the ports of a host apart, so their names are those of one store: the consoles of two
/// stores do not take each other's.
/// </summary>
internal sealed class SessionCookie(StateStoreProperties properties)
{
    private const int DigestLength = 6;

    private readonly string _suffix = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(properties.InstallationId)).AsSpan(0, DigestLength));

    /// <summary>The name of the cookie of the session.</summary>
    public string Name => $"kms-session-{_suffix}";

    /// <summary>The name of the cookie that goes with the tokens of forms.</summary>
    public string FormName => $"kms-form-{_suffix}";

    /// <summary>The secret of the session; null when the browser sends none.</summary>
    public string? Read(HttpRequest request) => request.Cookies[Name];

    /// <summary>Gives the browser the secret of the session.</summary>
    public void Give(HttpContext http, string secret) => http.Response.Cookies.Append(Name, secret, OptionsOf(http));

    /// <summary>Takes it back.</summary>
    public void Delete(HttpContext http) => http.Response.Cookies.Delete(Name, OptionsOf(http));

    private static CookieOptions OptionsOf(HttpContext http) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps,
        Path = ConsoleHost.Root,
        IsEssential = true,
    };
}
