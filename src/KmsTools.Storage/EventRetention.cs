using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>Lists segments, and drops those that are too much.</summary>
internal sealed class EventRetention(SegmentFolder folder, Catalogue catalogue, EventIndex index, EventIndexer indexer)
{
    private const long MillisecondsPerDay = 86_400_000;

    /// <summary>All segments, with those that were dropped, in the order of their numbers.</summary>
    public ImmutableArray<EventSegment> List()
    {
        Dictionary<int, SegmentProgress> contents = indexer.ReadTails().ToDictionary(
            static tail => tail.To.Segment, static tail => tail.To);
        return [.. catalogue.Read().Values.Select(state => Describe(state, contents.GetValueOrDefault(state.Number)))];
    }

    /// <summary>The complete segments that exceed what may be kept, oldest first.</summary>
    public ImmutableArray<EventSegment> FindExcess(EventLogSettings settings, DateTimeOffset now) => FindExcess(List(), settings, now);

    /// <summary>The complete ones among segments that exceed what may be kept, oldest first.</summary>
    /// <param name="segments">All segments in the order of their numbers.</param>
    /// <param name="settings">What may be kept.</param>
    /// <param name="now">The time by the clock of the store (UTC).</param>
    public static ImmutableArray<EventSegment> FindExcess(
        ImmutableArray<EventSegment> segments, EventLogSettings settings, DateTimeOffset now)
    {
        EventSegment[] kept = [.. segments.Where(static segment => segment.State != EventSegmentState.DROPPED)];
        long size = kept.Sum(static segment => segment.Size);
        DateTime? oldest = settings.MaxAgeInDays is int days
            ? new DateTime(Math.Max(now.UtcTicks - (days * MillisecondsPerDay * TimeSpan.TicksPerMillisecond), 0), DateTimeKind.Utc)
            : null;
        ImmutableArray<EventSegment>.Builder excess = ImmutableArray.CreateBuilder<EventSegment>();

        foreach (EventSegment segment in kept.Where(static segment => segment.State != EventSegmentState.OPEN))
        {
            if (size <= (settings.MaxSizeInBytes ?? long.MaxValue) && (oldest is null || segment.LastTime >= oldest))
            {
                break;
            }

            size -= segment.Size;
            excess.Add(segment);
        }

        return excess.DrainToImmutable();
    }

    /// <summary>Deletes complete segments.</summary>
    public void Drop(IReadOnlyCollection<EventSegment> segments)
    {
        using IDisposable locked = folder.LockCatalogue();
        ImmutableSortedDictionary<int, SegmentState> states = catalogue.Read();
        RemoveRest(states);
        foreach (EventSegment segment in segments)
        {
            if (states.GetValueOrDefault(segment.Number) is not { Status: SegmentStatus.Sealed or SegmentStatus.Broken } state)
            {
                continue;
            }

            // The last uses of keys in it stay in the index.
            indexer.Index(segment.Number);
            index.Sync();
            catalogue.Append(new CatalogueEntry(
                CatalogueEvent.Dropped,
                DateTime.UtcNow.Ticks,
                state.Number,
                state.Count,
                state.FirstTime,
                state.LastTime,
                state.Length,
                state.Head));
            File.Delete(folder.FileOf(segment.Number));
            index.Delete(segment.Number);
        }
    }

    // What a process that was killed while it dropped segments has left.
    private void RemoveRest(ImmutableSortedDictionary<int, SegmentState> states)
    {
        foreach (SegmentState dropped in states.Values.Where(static state => state.Status == SegmentStatus.Dropped))
        {
            File.Delete(folder.FileOf(dropped.Number));
            if (index.FindSegment(dropped.Number) is not null)
            {
                index.Delete(dropped.Number);
            }
        }
    }

    private static EventSegment Describe(SegmentState state, SegmentProgress? content)
    {
        bool isOpen = state.Status == SegmentStatus.Open;
        long count = isOpen ? content?.Count ?? 0 : state.Count;
        return new EventSegment
        {
            Number = state.Number,
            State = state.Status switch
            {
                SegmentStatus.Open => EventSegmentState.OPEN,
                SegmentStatus.Sealed => EventSegmentState.SEALED,
                SegmentStatus.Broken => EventSegmentState.BROKEN,
                _ => EventSegmentState.DROPPED,
            },
            Events = count,
            Size = isOpen ? content?.End.Offset ?? 0 : state.Length,
            FirstTime = count == 0 ? null : TimeOf(isOpen ? content!.FirstTime : state.FirstTime),
            LastTime = count == 0 ? null : TimeOf(isOpen ? content!.LastTime : state.LastTime),
            Head = Convert.ToHexStringLower(isOpen ? content?.End.Hash ?? state.Head : state.Head),
            CutBytes = state.CutBytes,
        };
    }

    /// <summary>A time in unix milliseconds.</summary>
    public static DateTime TimeOf(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime;
}
