using System.Collections.Immutable;

namespace KmsTools;

/// <summary>What happened while a simulated clock was moved.</summary>
/// <param name="From">The time before (UTC).</param>
/// <param name="To">The time after (UTC).</param>
/// <param name="Changes">The changes that became due on the way, in the order of their due dates.</param>
/// <param name="OrphansLeft">How many key materials of deleted keys could not be removed from HSMs.</param>
/// <param name="AlarmsRaised">The names of the alarms that went off.</param>
public sealed record ClockStep(
    DateTimeOffset From, DateTimeOffset To, ImmutableArray<DueChange> Changes, int OrphansLeft, ImmutableArray<string> AlarmsRaised);
