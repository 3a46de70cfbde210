using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>What the verification of the event log says as findings about a store.</summary>
internal static class EventFindings
{
    /// <summary>Reports the segments that are not what was written.</summary>
    /// <param name="segments">The segments as they are verified.</param>
    /// <param name="isShared">Whether they are in a database.</param>
    /// <param name="isOpen">
    /// Whether the store is open: the end of a segment that is not complete is being written then, or was cut off when the store was opened.
    /// </param>
    /// <param name="found">Gets each finding.</param>
    /// <returns>The number of events that were verified.</returns>
    public static long Report(IEnumerable<EventSegmentVerification> segments, bool isShared, bool isOpen, Action<StoreFinding> found)
    {
        long events = 0;
        foreach (EventSegmentVerification segment in segments)
        {
            string name = System.IO.Path.GetFileName(segment.Path);
            string? fault = segment.Status switch
            {
                EventSegmentStatus.DAMAGED => $"is not what was written, from position {segment.Position} on",
                EventSegmentStatus.DIFFERENT_HEAD => "has other events than the catalogue of the log or a given head says",
                EventSegmentStatus.MISSING => "is missing",
                EventSegmentStatus.NOT_IN_CATALOGUE => "is there, and the catalogue of the log does not name it",
                _ => null,
            };
            events += segment.Status == EventSegmentStatus.DROPPED ? 0 : segment.Events;
            if (segment.Status == EventSegmentStatus.INCOMPLETE_END && !isOpen)
            {
                found(new StoreFinding(
                    StoreFindingKind.NOT_COMPARED,
                    name,
                    $"'{name}' of the event log ends within an event, after {segment.Events} whole ones: a process is writing it, was "
                        + "killed while it did, or the file was cut. Whether there were events behind is not known.")
                {
                    Path = segment.Path,
                });
            }

            if (fault is not null)
            {
                found(new StoreFinding(StoreFindingKind.FILE_DAMAGED, name, $"'{name}' of the event log {fault}.")
                {
                    Path = isShared ? null : segment.Path,
                    Table = isShared ? segment.Number == 0 ? "event_segments" : "events" : null,
                });
            }
        }

        return events;
    }
}
