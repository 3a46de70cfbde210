using System.Collections.Immutable;
using System.Net;
using KmsTools.Auditing;
using KmsTools.Identifiers;
using KmsTools.Operations;
using KmsTools.Persistence;
using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole.Sessions;

/// <summary>
/// The only way from a page to the engine. Calls of the API are made as the principal of the session; all else needs a session of the
/// administrator, and is refused here in any other, whatever a page offers.
/// </summary>
public sealed class ConsoleSession
{
    private const int MaxUserAgentLength = 1024;

    private readonly KmsEngine _engine;
    private HttpContext? _http;
    private SignIn? _signIn;
    private string _region;

    /// <summary>Creates the session of one request.</summary>
    public ConsoleSession(KmsEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _region = engine.Properties.Region;
    }

    /// <summary>Whether somebody has signed in.</summary>
    public bool IsSignedIn => _signIn is not null;

    /// <summary>Whether acts of administration are accepted.</summary>
    public bool IsAdministrator => _signIn?.IsAdministrator == true;

    /// <summary>The ARN of the principal that calls are made as.</summary>
    public string PrincipalArn => Require().PrincipalArn;

    /// <summary>The Region of the page.</summary>
    public string Region => _region;

    /// <summary>What was fixed when the store was created.</summary>
    public StateStoreProperties Properties => _engine.Properties;

    /// <summary>Where the store is, for people.</summary>
    public string Location => _engine.Location;

    /// <summary>The time of the store (UTC).</summary>
    public DateTimeOffset UtcNow => _engine.UtcNow;

    /// <summary>The engine, for what is no call of the API.</summary>
    /// <exception cref="AdministrationRefusedException">The session was begun with an access key.</exception>
    public KmsEngine Administration => IsAdministrator ? _engine : throw new AdministrationRefusedException();

    /// <summary>Who does acts of administration: the user of the operating system, from this browser.</summary>
    public Caller Administrator => Place(Caller.LocalUser(_engine.Properties.AccountId));

    /// <summary>The caller of calls of the API, in the Region of the page.</summary>
    /// <exception cref="KmsException">The access key was removed, or the temporary credentials are expired.</exception>
    public Caller Caller
    {
        get
        {
            SignIn signIn = Require();
            return Place(signIn.Credentials is { } credentials
                ? _engine.Authenticator.Find(credentials.AccessKeyId, signIn.SessionToken).ToCaller()
                : new Caller { PrincipalArn = signIn.PrincipalArn });
        }
    }

    internal SignIn? SignIn => _signIn;

    /// <summary>Makes one call of the API: authorized and recorded as any other.</summary>
    /// <exception cref="KmsException">The call is refused.</exception>
    public TResponse Call<TResponse>(IKmsRequest<TResponse> request)
        where TResponse : class =>
        _engine.Execute(request, Caller);

    /// <summary>The keys that a call would use, after all checks that need no work. Does nothing and records nothing.</summary>
    /// <exception cref="KmsException">The call would be refused.</exception>
    public ImmutableArray<KeyTarget> Preview(object request) => _engine.Preview(request, Caller);

    /// <summary>A view of the state, for details that a call has already authorized. Records nothing.</summary>
    internal IStateReader OpenReader() => _engine.OpenReader();

    /// <summary>The newest successful use of a key that a call has already authorized, or null.</summary>
    internal KeyUse? FindLastUsage(Key key) => _engine.FindLastUsage(key);

    /// <summary>Signs that a key is still needed, which a call has already authorized.</summary>
    internal DeletionStakes FindDeletionStakes(Key key) => _engine.FindDeletionStakes(key);

    /// <inheritdoc cref="KmsEngine.FindMaterialLoss"/>
    internal string FindMaterialLoss(Key key, string? keyMaterialId) => _engine.FindMaterialLoss(key, keyMaterialId);

    /// <summary>The Regions that have keys, and that of the page.</summary>
    internal IEnumerable<string> Regions()
    {
        using IStateReader state = _engine.OpenReader();
        return [.. state.ListRegions().Append(_region).Append(_engine.Properties.Region).Distinct().Order(StringComparer.Ordinal)];
    }

    internal void Begin(HttpContext http, SignIn? signIn)
    {
        _http = http;
        _signIn = signIn;
    }

    /// <summary>Chooses the Region of the page.</summary>
    /// <returns>False if that is no Region.</returns>
    internal bool TryChooseRegion(string region)
    {
        if (!RegionName.TryParse(region, out _))
        {
            return false;
        }

        _region = region;
        return true;
    }

    private SignIn Require() => _signIn ?? throw new InvalidOperationException("Nobody has signed in.");

    private Caller Place(Caller caller) => caller with
    {
        Region = RegionName.Parse(_region),
        SourceIPAddress = (_http?.Connection.RemoteIpAddress ?? IPAddress.Loopback).ToString(),
        SecureTransport = _http?.Request.IsHttps == true,
        UserAgent = _http?.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent
            ? agent[..Math.Min(agent.Length, MaxUserAgentLength)] : "-",
    };
}
