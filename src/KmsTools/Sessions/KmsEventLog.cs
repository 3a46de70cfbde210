using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>The event log of a store.</summary>
public sealed record KmsEventLog
{
    /// <summary>Whether the event of each call is on the disk before the call is answered.</summary>
    public required bool Sync { get; init; }

    /// <summary>The age in days above which events are dropped; null to keep all.</summary>
    public int? MaxAgeInDays { get; init; }

    /// <summary>The size in bytes above which the oldest events are dropped; null to keep all.</summary>
    public long? MaxSize { get; init; }

    /// <summary>The number of events that are kept.</summary>
    public long Events => Kept.Sum(static segment => segment.Events);

    /// <summary>The size of the log in bytes.</summary>
    public long Size => Kept.Sum(static segment => segment.Size);

    /// <summary>The time of the earliest event (UTC), or null if there is none.</summary>
    public DateTime? FirstTime => Kept.Min(static segment => segment.FirstTime);

    /// <summary>The time of the latest event (UTC), or null if there is none.</summary>
    public DateTime? LastTime => Kept.Max(static segment => segment.LastTime);

    /// <summary>The files of the log, with those that were dropped, in the order of their numbers.</summary>
    public required ImmutableArray<EventSegment> Segments { get; init; }

    internal static KmsEventLog Of(EventLogRegistry log)
    {
        EventLogSettings settings = log.ReadSettings();
        return new KmsEventLog
        {
            Sync = settings.SyncsEveryGroup,
            MaxAgeInDays = settings.MaxAgeInDays,
            MaxSize = settings.MaxSizeInBytes,
            Segments = log.ListSegments(),
        };
    }

    private IEnumerable<EventSegment> Kept => Segments.Where(static segment => segment.State != EventSegmentState.DROPPED);
}
