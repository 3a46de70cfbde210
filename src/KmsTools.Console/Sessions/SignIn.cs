using KmsTools.AccessKeys;

namespace KmsTools.WebConsole.Sessions;

/// <summary>Who has signed in, and what the session keeps at the server.</summary>
internal sealed class SignIn
{
    private const int MaxNotes = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _notes = [];

    /// <summary>A random name of the session, which is no secret.</summary>
    public required string Id { get; init; }

    /// <summary>The principal that calls are made as.</summary>
    public required string PrincipalArn { get; init; }

    /// <summary>
    /// Whether the session may do acts of administration: it was begun by the user of the store, not with an access key.
    /// </summary>
    public required bool IsAdministrator { get; init; }

    /// <summary>The session token of temporary credentials, or null.</summary>
    public string? SessionToken { get; init; }

    /// <summary>The credentials as they were found, to notice that others came in their place; null for a session without an access key.</summary>
    public CallerCredentials? Credentials { get; init; }

    /// <summary>When the session was used last, on the clock of sessions.</summary>
    public DateTimeOffset LastUsed { get; set; }

    /// <summary>Keeps a message for the next page.</summary>
    /// <returns>Its name, for the URL.</returns>
    public string Keep(string message)
    {
        string name = SessionSecret.New()[..8];
        lock (_gate)
        {
            if (_notes.Count >= MaxNotes)
            {
                _notes.Clear();
            }

            _notes[name] = message;
        }

        return name;
    }

    /// <summary>The message of that name, once; null when there is none.</summary>
    public string? Take(string? name)
    {
        lock (_gate)
        {
            return name is not null && _notes.Remove(name, out string? message) ? message : null;
        }
    }
}
