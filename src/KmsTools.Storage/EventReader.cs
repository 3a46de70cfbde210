using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage;

/// <summary>
/// Queries over the events of all segments: the index says where the older ones are, and the newest ones, which are not indexed yet, are read
/// from the segments. Reads page by page, and keeps neither a read transaction nor a file open in between: a pipeline that is slow, or never
/// ends, must not keep segments or the write-ahead log of the index.
/// </summary>
internal sealed class EventReader(SegmentFolder folder, EventIndex index, EventIndexer indexer)
{
    private const int PageSize = 256;

    public IEnumerable<AuditRecord> Query(EventQuery query)
    {
        if (query.Last is int last)
        {
            return last <= 0 ? [] : Merge(query, newestFirst: true, Math.Min(last, PageSize)).Take(last).Reverse();
        }

        return Merge(query, newestFirst: false, PageSize);
    }

    /// <summary>The newest use of a key, or null.</summary>
    public KeyUse? FindLastUsage(string region, string keyId)
    {
        // The tails first: events that are indexed in between are found there.
        EventEntry? inTail = indexer.ReadTails()
            .SelectMany(static tail => tail.Entries)
            .Where(entry => entry.IsUse && entry.Region == region && entry.IsAbout(keyId))
            .MaxBy(static entry => entry.Position);
        LastUse? indexed = index.FindUse(region, keyId);
        if (inTail is null || (indexed is not null && (inTail.Time, inTail.Recorded).CompareTo((indexed.Time, indexed.Recorded)) <= 0))
        {
            return indexed?.Use;
        }

        return ReadRecords([inTail.Position]) is [var record] ? EventIndexer.UseOf(record) : indexed?.Use;
    }

    private IEnumerable<AuditRecord> Merge(EventQuery query, bool newestFirst, int pageSize)
    {
        long first = query.After is DateTimeOffset after ? CeilingMilliseconds(after) : long.MinValue;
        long last = query.Before?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        Comparer<EventPosition> order = Comparer<EventPosition>.Create(
            newestFirst ? static (left, right) => right.CompareTo(left) : static (left, right) => left.CompareTo(right));

        // A stream has the position of its next event, and before it is opened one that is not beyond.
        PriorityQueue<(IEnumerator<(EventPosition, AuditRecord)> Stream, AuditRecord? Record), EventPosition> streams = new(order);
        foreach (SegmentTail tail in indexer.ReadTails())
        {
            if (tail.From is { } indexed && indexed.FirstTime <= last && indexed.LastTime >= first)
            {
                EventPage page = new()
                {
                    NewestFirst = newestFirst,
                    From = newestFirst
                        ? new EventPosition(last, long.MaxValue, indexed.Segment, long.MaxValue)
                        : new EventPosition(first, long.MinValue, indexed.Segment, long.MinValue),
                    LastTime = newestFirst ? first : last,
                    Indexed = indexed.End.Offset,
                    Size = pageSize,
                    Region = query.Region,
                    EventName = query.EventName,
                    KeyId = query.KeyId,
                };
                EventPosition bound = newestFirst
                    ? new EventPosition(indexed.LastTime, long.MaxValue, int.MaxValue, long.MaxValue)
                    : new EventPosition(indexed.FirstTime, long.MinValue, 0, long.MinValue);
                streams.Enqueue((ReadRecords(ReadPages(page)).GetEnumerator(), null), bound);
            }

            EventPosition[] found =
            [
                .. tail.Entries.Where(entry => entry.Time >= first && entry.Time <= last && Matches(query, entry))
                    .Select(static entry => entry.Position)
                    .Order(order),
            ];
            if (found.Length > 0)
            {
                streams.Enqueue((ReadRecords(found.Chunk(pageSize)).GetEnumerator(), null), found[0]);
            }
        }

        while (streams.TryDequeue(out (IEnumerator<(EventPosition, AuditRecord)> Stream, AuditRecord? Record) next, out _))
        {
            if (next.Record is not null)
            {
                yield return next.Record;
            }

            if (next.Stream.MoveNext())
            {
                (EventPosition position, AuditRecord record) = next.Stream.Current;
                streams.Enqueue((next.Stream, record), position);
            }
        }
    }

    private static bool Matches(EventQuery query, EventEntry entry) =>
        (query.KeyId is null || entry.IsAbout(query.KeyId))
        && (query.Region is null || entry.Region == query.Region)
        && (query.EventName is null || entry.Name.Equals(query.EventName, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<EventPosition[]> ReadPages(EventPage page)
    {
        EventLookup lookup = page.KeyId is not null ? EventLookup.ByKey
            : page.EventName is not null ? EventLookup.ByName
            : EventLookup.ByTime;
        ImmutableArray<EventPosition> positions;
        do
        {
            positions = index.ReadPage(lookup, page);
            if (positions.Length > 0)
            {
                yield return [.. positions];
                page = page with { From = positions[^1] };
            }
        }
        while (positions.Length == page.Size);
    }

    private IEnumerable<(EventPosition Position, AuditRecord Record)> ReadRecords(IEnumerable<EventPosition[]> pages) =>
        pages.SelectMany(page => page.Zip(ReadRecords(page)));

    // Of one segment. Empty if it has been dropped meanwhile.
    private AuditRecord[] ReadRecords(EventPosition[] positions)
    {
        string path = folder.FileOf(positions[0].Segment);
        using SafeFileHandle? file = SegmentFolder.OpenToRead(path);
        return file is null ? [] : [.. positions.Select(position => ReadRecord(file, path, position.Offset))];
    }

    private static AuditRecord ReadRecord(SafeFileHandle file, string path, long offset) =>
        ChainScan.ReadFrame(file, offset) is byte[] frame
            ? EventCodec.Read(Frame.Body((ReadOnlySpan<byte>)frame))
            : throw StorageFault.Damaged(path, offset);

    // Event times have millisecond precision: the first one not before a time in between is the next.
    private static long CeilingMilliseconds(DateTimeOffset time)
    {
        long floor = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(floor) < time ? floor + 1 : floor;
    }
}
