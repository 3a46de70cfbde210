namespace KmsTools.Auditing;

/// <summary>Whether a segment of the event log is complete.</summary>
public enum EventSegmentState
{
    /// <summary>A process appends to it, or the next one will.</summary>
    OPEN,

    /// <summary>Complete: its head is in the catalogue of the log, and it does not change any more.</summary>
    SEALED,

    /// <summary>Given up, because a record in it is damaged. The events before the damage are found.</summary>
    BROKEN,

    /// <summary>Deleted, because it exceeded the maximum age or size of the log.</summary>
    DROPPED,
}

/// <summary>A file of the event log.</summary>
public sealed record EventSegment
{
    /// <summary>Its number, from 1; no number is used twice.</summary>
    public required int Number { get; init; }

    /// <summary>Whether it is complete.</summary>
    public required EventSegmentState State { get; init; }

    /// <summary>The number of its events.</summary>
    public required long Events { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The time of its earliest event (UTC), or null if it has none.</summary>
    public DateTime? FirstTime { get; init; }

    /// <summary>The time of its latest event (UTC), or null if it has none.</summary>
    public DateTime? LastTime { get; init; }

    /// <summary>The hash of its last event in hexadecimal digits, which depends on all before it.</summary>
    public required string Head { get; init; }

    /// <summary>
    /// The bytes of incomplete events that crashes left, which were cut off and belonged to calls that were never answered; and of events that
    /// were there and that a power loss took.
    /// </summary>
    public long CutBytes { get; init; }
}
