namespace KmsTools.Auditing;

/// <summary>What the store found of the event log when it was opened, and no process had left on purpose.</summary>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Position">Where it ended.</param>
/// <param name="Bytes">
/// The bytes behind: the rest of an event that was not written to its end, which was cut off, or, in a damaged segment, all that cannot be
/// read any more.
/// </param>
/// <param name="IsDamaged">Whether an event is not what was written. The segment stays as it is.</param>
public sealed record EventLogRepair(int Segment, long Position, long Bytes, bool IsDamaged);
