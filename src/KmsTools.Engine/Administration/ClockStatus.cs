using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The clock of a store, and how far the store trusts it.</summary>
public sealed record ClockStatus
{
    /// <summary>The current time (UTC).</summary>
    public required DateTimeOffset UtcNow { get; init; }

    /// <summary>Whether the clock stands still until it is moved.</summary>
    public required bool IsSimulated { get; init; }

    /// <summary>The latest time that the clock ever had (UTC).</summary>
    public required DateTimeOffset GreatestTime { get; init; }

    /// <summary>Whether the time that passed is explained, so that what is due is destroyed.</summary>
    public required bool IsExplained { get; init; }

    /// <summary>What the clock showed when it was first found ahead of what is explained (UTC); null while time is explained.</summary>
    public DateTimeOffset? UnexplainedSince { get; init; }

    /// <summary>How long processes must have the store open before a clock that is ahead is believed.</summary>
    public required TimeSpan RequiredUptime { get; init; }

    /// <summary>How much of that is left; zero while time is explained.</summary>
    public required TimeSpan UptimeLeft { get; init; }

    /// <summary>The destructions that wait until the clock is believed or confirmed, earliest first.</summary>
    public required ImmutableArray<HeldDestruction> Waiting { get; init; }
}

/// <summary>A destruction that is due and waits until the clock is believed or confirmed.</summary>
/// <param name="KeyArn">The ARN of the key.</param>
/// <param name="KeyMaterialId">The imported material that has expired; null where the deletion of the key waits.</param>
/// <param name="DueDate">When it was due (UTC).</param>
public sealed record HeldDestruction(string KeyArn, string? KeyMaterialId, DateTimeOffset DueDate);
