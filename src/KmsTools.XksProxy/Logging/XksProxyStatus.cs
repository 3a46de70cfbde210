using System.Collections.Immutable;

namespace KmsTools.XksProxy.Logging;

/// <summary>Whether a token can be used. The names are those of health answers.</summary>
public enum XksTokenHealth
{
    /// <summary>Its last check passed.</summary>
    ACTIVE,

    /// <summary>It can be used, but is slow or fails some calls.</summary>
    DEGRADED,

    /// <summary>Its last check failed.</summary>
    UNAVAILABLE,
}

/// <summary>A proxy as it is now, for metrics and displays.</summary>
/// <param name="Tokens">Its tokens, in the order of the settings.</param>
/// <param name="IsStopping">Whether it is about to stop and reports it to balancers.</param>
public sealed record XksProxyStatus(ImmutableArray<XksTokenStatus> Tokens, bool IsStopping);

/// <summary>A token of a proxy as it is now.</summary>
/// <param name="Name">Its name in the settings.</param>
/// <param name="Health">The result of its last check.</param>
/// <param name="CheckedAt">When that was (UTC).</param>
/// <param name="Reason">Why it is not ACTIVE, as a sentence; null when it is.</param>
/// <param name="SessionsInUse">How many calls are in it.</param>
/// <param name="MaxSessions">How many may be.</param>
public sealed record XksTokenStatus(
    string Name, XksTokenHealth Health, DateTimeOffset CheckedAt, string? Reason, int SessionsInUse, int MaxSessions);
