using System.Security.Claims;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Requests;

/// <summary>
/// Finds the session of a request. Without one only the page that signs in is served; pages of administration need a session of the
/// administrator.
/// </summary>
internal sealed class SessionGate(RequestDelegate next, SessionRegister register, SessionCookie cookie)
{
    /// <summary>Handles a request.</summary>
    public Task InvokeAsync(HttpContext http, ConsoleSession session, KmsEngine engine)
    {
        SignIn? signIn = Find(cookie.Read(http.Request), engine);
        session.Begin(http, signIn);
        if (signIn is not null)
        {
            // The tokens of forms are bound to it.
            http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, signIn.Id)], "session"));
        }

        EndpointMetadataCollection? metadata = http.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<AnonymousPageAttribute>() is not null)
        {
            return next(http);
        }

        if (signIn is null)
        {
            bool hadOne = cookie.Read(http.Request) is not null;
            cookie.Delete(http);
            http.Response.Redirect(hadOne ? $"{ConsoleHost.SignInPath}?ended" : ConsoleHost.SignInPath);
            return Task.CompletedTask;
        }

        if (metadata?.GetMetadata<AdministratorPageAttribute>() is not null && !signIn.IsAdministrator)
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            if (!HttpMethods.IsGet(http.Request.Method))
            {
                http.Response.ContentType = "text/plain; charset=utf-8";
                return http.Response.WriteAsync(new AdministrationRefusedException().Message, http.RequestAborted);
            }
        }

        return next(http);
    }

    private SignIn? Find(string? secret, KmsEngine engine)
    {
        if (register.Use(secret) is not { } signIn)
        {
            return null;
        }

        try
        {
            if (signIn.Credentials is not { } then
                || engine.Authenticator.Find(then.AccessKeyId, signIn.SessionToken).HasSameSecret(then))
            {
                return signIn;
            }
        }
        catch (KmsException)
        {
            // The access key was removed, or the temporary credentials are expired.
        }

        register.End(secret);
        return null;
    }
}
