using KmsTools.Auditing;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage;

/// <summary>The index in which events are found.</summary>
internal enum EventLookup
{
    /// <summary>By time.</summary>
    ByTime,

    /// <summary>By key, then by time.</summary>
    ByKey,

    /// <summary>By name, then by time.</summary>
    ByName,
}

/// <summary>The next events of one segment to read from an index.</summary>
internal sealed record EventPage
{
    /// <summary>From the newest to the oldest.</summary>
    public required bool NewestFirst { get; init; }

    /// <summary>The page begins beyond this position.</summary>
    public required EventPosition From { get; init; }

    /// <summary>The last requested time.</summary>
    public required long LastTime { get; init; }

    /// <summary>
    /// Up to where the segment was indexed when the query began: fixes what is read from the index and what is not, while events are indexed.
    /// </summary>
    public required long Indexed { get; init; }

    public required int Size { get; init; }

    public string? Region { get; init; }

    public string? EventName { get; init; }

    public string? KeyId { get; init; }
}

/// <summary>The last use of a key, with its place in the order of all events.</summary>
/// <param name="Time">Unix milliseconds by the clock of the store.</param>
/// <param name="Recorded">Ticks of the real clock when it was recorded.</param>
/// <param name="Use">The use.</param>
internal sealed record LastUse(long Time, long Recorded, KeyUse Use)
{
    /// <summary>Whether it is newer than another.</summary>
    public bool IsAfter(LastUse? other) => other is null || (Time, Recorded).CompareTo((other.Time, other.Recorded)) > 0;
}
