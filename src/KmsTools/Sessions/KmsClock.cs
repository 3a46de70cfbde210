using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The clock of a store, and how far the store trusts it.</summary>
/// <param name="UtcNow">The time now (UTC).</param>
/// <param name="IsSimulated">Whether it stands still until Step-KmsClock moves it.</param>
public sealed record KmsClock(DateTime UtcNow, bool IsSimulated)
{
    /// <summary>The latest time that the clock ever had (UTC).</summary>
    public DateTime GreatestTime { get; init; } = UtcNow;

    /// <summary>Whether the time that passed is explained. While it is not, no key and no key material is destroyed.</summary>
    public bool IsExplained { get; init; } = true;

    /// <summary>What the clock showed when it was first found to be ahead (UTC); null while time is explained.</summary>
    public DateTime? UnexplainedSince { get; init; }

    /// <summary>How long the store must be in use before a clock that is ahead is believed. Set-KmsClock sets it.</summary>
    public TimeSpan RequiredUptime { get; init; }

    /// <summary>How much of that is left; zero while time is explained.</summary>
    public TimeSpan UptimeLeft { get; init; }

    /// <summary>The destructions that wait until the clock is believed, or Confirm-KmsClock confirms it; earliest first.</summary>
    public IReadOnlyList<KmsHeldDestruction> Waiting { get; init; } = [];

    internal static KmsClock Of(ClockStatus status) => new(status.UtcNow.UtcDateTime, status.IsSimulated)
    {
        GreatestTime = status.GreatestTime.UtcDateTime,
        IsExplained = status.IsExplained,
        UnexplainedSince = status.UnexplainedSince?.UtcDateTime,
        RequiredUptime = status.RequiredUptime,
        UptimeLeft = status.UptimeLeft,
        Waiting =
        [
            .. status.Waiting.Select(static item => new KmsHeldDestruction(item.KeyArn, item.KeyMaterialId, item.DueDate.UtcDateTime)),
        ],
    };
}

/// <summary>A destruction that is due and waits until the clock is believed or confirmed.</summary>
/// <param name="KeyId">The ARN of the key.</param>
/// <param name="KeyMaterialId">The imported key material that has expired; null where the deletion of the key waits.</param>
/// <param name="DueDate">When it was due (UTC).</param>
public sealed record KmsHeldDestruction(string KeyId, string? KeyMaterialId, DateTime DueDate)
{
    /// <summary>The key and what waits.</summary>
    public override string ToString() => KeyMaterialId is null ? KeyId : $"{KeyId}, key material {KeyMaterialId}";
}

/// <summary>The clock of a store after Step-KmsClock, and what happened on the way.</summary>
/// <param name="UtcNow">The time now (UTC).</param>
/// <param name="From">The time before (UTC).</param>
/// <param name="IsSimulated">True: only a simulated clock can be moved.</param>
/// <param name="Deleted">The keys that were deleted, in the order in which they were due.</param>
/// <param name="Rotated">The rotations that were performed. A key may have several.</param>
/// <param name="Expired">The imported key materials that expired.</param>
/// <param name="OrphansLeft">How many key materials of deleted keys remain in HSMs that could not be reached.</param>
/// <param name="AlarmsRaised">The names of the alarms that went off.</param>
public sealed record KmsClockStep(
    DateTime UtcNow,
    DateTime From,
    bool IsSimulated,
    ImmutableArray<DueChange> Deleted,
    ImmutableArray<DueChange> Rotated,
    ImmutableArray<DueChange> Expired,
    int OrphansLeft,
    ImmutableArray<string> AlarmsRaised)
{
    internal static KmsClockStep Of(ClockStep step) => new(
        step.To.UtcDateTime,
        step.From.UtcDateTime,
        IsSimulated: true,
        [.. step.Changes.Where(static change => change.Kind == DueKind.Deletion)],
        [.. step.Changes.Where(static change => change.Kind == DueKind.Rotation)],
        [.. step.Changes.Where(static change => change.Kind == DueKind.MaterialExpiry)],
        step.OrphansLeft,
        step.AlarmsRaised);
}

/// <summary>The result of Invoke-KmsMaintenance.</summary>
/// <param name="DueItemsDone">The number of deletions, expirations and rotations that were due and have been processed.</param>
/// <param name="StrayMaterialRemoved">The number of key materials without a key that were removed from HSMs.</param>
/// <param name="StrayMaterialLeft">The number of those that remain until their HSMs are connected.</param>
public sealed record KmsMaintenanceResult(int DueItemsDone, int StrayMaterialRemoved, int StrayMaterialLeft);
