using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The clock of a store.</summary>
/// <param name="UtcNow">The time now (UTC).</param>
/// <param name="IsSimulated">Whether it stands still until Step-KmsClock moves it.</param>
public sealed record KmsClock(DateTime UtcNow, bool IsSimulated);

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
