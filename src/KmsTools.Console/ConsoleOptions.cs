using Microsoft.AspNetCore.Http;

namespace KmsTools.WebConsole;

/// <summary>How a console is served.</summary>
public sealed record ConsoleOptions
{
    /// <summary>How long a session lasts without a request.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The clock of sessions and of links that sign in: the real one, even if the store has a simulated one.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Whether a host name is one of the server's own, beside those of the loopback interface: of its certificate. Requests for any other
    /// are refused, so that no page of a web site reaches the console by a name that it has pointed here.
    /// </summary>
    public Func<string, bool> IsHost { get; init; } = static _ => false;

    /// <summary>Notes that an access key was refused, and returns when that may be answered.</summary>
    public Func<HttpContext, string, string, Task> NoteRefusal { get; init; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>Where faults of the console itself are told.</summary>
    public Action<string> Log { get; init; } = static _ => { };
}
