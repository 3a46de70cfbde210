namespace KmsTools.Auditing;

/// <summary>What the store found of the event log when it was opened, and no process had left on purpose.</summary>
/// <param name="Segment">
/// The number of the segment; 0 for the catalogue, which was missing, damaged, or ended with an incomplete entry.
/// </param>
/// <param name="Position">Where it ended.</param>
/// <param name="Bytes">
/// The bytes behind: the rest of an event that was not written to its end, which was cut off, or, in a damaged segment, all that cannot be
/// read any more.
/// </param>
/// <param name="IsDamaged">
/// Whether an event is not what was written. The segment stays as it is. Also when the whole segment is gone, and the catalogue with it.
/// </param>
/// <param name="MissingEvents">
/// The number of events that the index had read in the segment and that are not there any more: a power loss took them, or the segment
/// was cut, or an earlier copy is in its place. Events that were never indexed are not counted.
/// </param>
public sealed record EventLogRepair(int Segment, long Position, long Bytes, bool IsDamaged, long MissingEvents = 0);
