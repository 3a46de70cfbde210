using KmsTools.Auditing;

namespace KmsTools.Storage;

/// <summary>The source of events.</summary>
internal enum EventLookup
{
    /// <summary>In the index by time.</summary>
    ByTime,

    /// <summary>In the index by key.</summary>
    ByKey,

    /// <summary>Among the newest events, which are not yet in any index.</summary>
    InTail,
}

/// <summary>An event as it is stored in its file.</summary>
/// <param name="Sequence">The order of commit in its file.</param>
/// <param name="Recorded">Ticks of the real clock; orders events of both files with the same time.</param>
/// <param name="Time">Unix milliseconds.</param>
/// <param name="Record">The event.</param>
internal readonly record struct StoredEvent(long Sequence, long Recorded, long Time, AuditRecord Record)
{
    /// <summary>Compares by time, then by the order of recording.</summary>
    public static int Compare(StoredEvent left, StoredEvent right)
    {
        int order = left.Time.CompareTo(right.Time);
        order = order != 0 ? order : left.Recorded.CompareTo(right.Recorded);
        return order != 0 ? order : left.Sequence.CompareTo(right.Sequence);
    }
}

/// <summary>The next events to read.</summary>
internal sealed record EventPage
{
    /// <summary>From the newest to the oldest.</summary>
    public required bool NewestFirst { get; init; }

    /// <summary>The page begins beyond this time and, within it, <see cref="Sequence"/>.</summary>
    public required long Time { get; init; }

    public required long Sequence { get; init; }

    /// <summary>The last requested time.</summary>
    public required long LastTime { get; init; }

    /// <summary>
    /// The newest event in the index, and the newest of all, when the query began. Fixes what is part of the result and
    /// which of the two it is read from, while events are added and indexed.
    /// </summary>
    public required (long Indexed, long Newest) Bounds { get; init; }

    public required int Size { get; init; }

    public string? Region { get; init; }

    public string? EventName { get; init; }

    public string? KeyId { get; init; }
}
