using System.Text;
using KmsTools.AccessKeys;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Requests;

/// <summary>Begins and ends sessions.</summary>
internal sealed class SignInHandler(KmsEngine engine, SessionRegister register, SessionCookie cookie, ConsoleOptions options)
{
    /// <summary>Begins a session of the administrator with the secret of a link; the link is good once.</summary>
    /// <returns>Whether it was good.</returns>
    public bool TryBegin(HttpContext http, string secret)
    {
        if (!ConsoleTicket.TryTake(engine.Folder, secret, options.Clock.GetUtcNow(), out ConsoleTicket? ticket))
        {
            return false;
        }

        Begin(http, new SignIn
        {
            Id = SessionSecret.New(),
            PrincipalArn = ticket.PrincipalArn,
            IsAdministrator = true,
            Credentials = ticket.AccessKeyId is { } id ? engine.Authenticator.Find(id, ticket.SessionToken) : null,
            SessionToken = ticket.SessionToken,
        });
        return true;
    }

    /// <summary>Begins a session with an access key of the store or with temporary credentials.</summary>
    /// <exception cref="KmsException">The store does not know them, or the secret is another one.</exception>
    public async Task BeginAsync(HttpContext http, string accessKeyId, string secretAccessKey, string? sessionToken)
    {
        CallerCredentials credentials;
        byte[] bytes = Encoding.UTF8.GetBytes(secretAccessKey);
        try
        {
            using Secret secret = Secret.CopyOf(bytes);
            credentials = engine.Authenticator.Authenticate(accessKeyId, secret, sessionToken);
        }
        catch (KmsException exception)
        {
            await options.NoteRefusal(http, accessKeyId, exception.ErrorCode).ConfigureAwait(false);
            throw;
        }
        finally
        {
            Array.Clear(bytes);
        }

        Begin(http, new SignIn
        {
            Id = SessionSecret.New(),
            PrincipalArn = credentials.PrincipalArn,
            IsAdministrator = false,
            Credentials = credentials,
            SessionToken = sessionToken,
        });
    }

    /// <summary>Ends the session of a browser.</summary>
    public void End(HttpContext http)
    {
        register.End(cookie.Read(http.Request));
        cookie.Delete(http);
    }

    private void Begin(HttpContext http, SignIn signIn)
    {
        // Another session than the one before it, whose cookie may be known to others.
        register.End(cookie.Read(http.Request));
        cookie.Give(http, register.Begin(signIn));
    }
}
