using System.Collections.Concurrent;

namespace KmsTools.WebConsole.Sessions;

/// <summary>
/// The sessions of this process, which end with it. The cookie has a secret of which only a digest is kept here. Safe for use by many
/// threads.
/// </summary>
internal sealed class SessionRegister(ConsoleOptions options)
{
    /// <summary>How many sessions there may be; the one that was not used for the longest time makes room.</summary>
    public const int MaxSessions = 100;

    private readonly ConcurrentDictionary<string, SignIn> _sessions = new(StringComparer.Ordinal);

    /// <summary>Begins a session.</summary>
    /// <returns>The secret for the cookie.</returns>
    public string Begin(SignIn session)
    {
        session.LastUsed = options.Clock.GetUtcNow();
        RemoveExpired();
        while (_sessions.Count >= MaxSessions && _sessions.MinBy(static entry => entry.Value.LastUsed) is { Key: { } oldest })
        {
            _sessions.TryRemove(oldest, out _);
        }

        string secret = SessionSecret.New();
        _sessions[SessionSecret.DigestOf(secret)] = session;
        return secret;
    }

    /// <summary>The session of a cookie, which is used now; null when there is none, or it was not used for too long.</summary>
    public SignIn? Use(string? secret)
    {
        if (secret is null || !_sessions.TryGetValue(SessionSecret.DigestOf(secret), out SignIn? session))
        {
            return null;
        }

        DateTimeOffset now = options.Clock.GetUtcNow();
        if (now - session.LastUsed >= options.IdleLimit)
        {
            End(secret);
            return null;
        }

        session.LastUsed = now;
        return session;
    }

    /// <summary>Ends a session.</summary>
    public void End(string? secret)
    {
        if (secret is not null)
        {
            _sessions.TryRemove(SessionSecret.DigestOf(secret), out _);
        }
    }

    private void RemoveExpired()
    {
        DateTimeOffset now = options.Clock.GetUtcNow();
        foreach ((string digest, SignIn session) in _sessions)
        {
            if (now - session.LastUsed >= options.IdleLimit)
            {
                _sessions.TryRemove(digest, out _);
            }
        }
    }
}
