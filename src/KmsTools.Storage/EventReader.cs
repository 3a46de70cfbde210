using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage;

/// <summary>
/// Queries over the events of all segments: the index says where the older ones are, and the newest ones, which are not indexed yet, are
/// read from the segments. Reads page by page, and keeps neither a read transaction nor a file open in between: a pipeline that is slow,
/// or never ends, must not keep segments or the write-ahead log of the index.
/// </summary>
internal sealed class EventReader(SegmentFolder folder, EventIndex index, EventIndexer indexer)
{
    private const int PageSize = 256;

    public IEnumerable<AuditRecord> Query(EventQuery query)
    {
        EventSearch search = new(query);
        if (query.Last is int last)
        {
            return last <= 0 ? [] : Merge(search, Math.Min(last, PageSize)).Take(last).Reverse();
        }

        return Merge(search, PageSize);
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

    private IEnumerable<AuditRecord> Merge(EventSearch search, int pageSize)
    {
        // A stream has the position of its next event, and before it is opened one that is not beyond.
        PriorityQueue<(IEnumerator<(EventPosition, AuditRecord)> Stream, AuditRecord? Record), EventPosition> streams = new(search.Order);
        foreach (SegmentTail tail in indexer.ReadTails())
        {
            if (tail.From is { } indexed && search.Overlaps(indexed.FirstTime, indexed.LastTime))
            {
                EventPosition bound = search.NewestFirst
                    ? new EventPosition(indexed.LastTime, long.MaxValue, int.MaxValue, long.MaxValue)
                    : new EventPosition(indexed.FirstTime, long.MinValue, 0, long.MinValue);
                streams.Enqueue((ReadRecords(ReadIndexed(search, indexed).Chunk(pageSize)).GetEnumerator(), null), bound);
            }

            EventPosition[] found =
                [.. tail.Entries.Where(search.Matches).Select(static entry => entry.Position).Order(search.Order)];
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

    // Blocks that follow one another overlap where the clock went back, or calls overtook others: an event that may come after one of the
    // next block waits for that block.
    private IEnumerable<EventPosition> ReadIndexed(EventSearch search, SegmentProgress indexed)
    {
        EventBlock[] blocks =
        [
            .. index.FindLists(search.List, indexed.Segment).Where(block => block.Offset < indexed.End.Offset
                && search.Overlaps(block.FirstTime, block.LastTime)),
        ];
        Array.Sort(blocks, (left, right) => search.NewestFirst
            ? right.LastTime.CompareTo(left.LastTime)
            : left.FirstTime.CompareTo(right.FirstTime));
        List<EventPosition> waiting = [];
        for (int i = 0; i < blocks.Length; i++)
        {
            waiting.AddRange(index.ReadList(blocks[i], indexed.End.Offset, search));
            waiting.Sort(search.Order);
            int ready = i + 1 == blocks.Length ? waiting.Count
                : waiting.FindIndex(position => search.NewestFirst
                    ? position.Time <= blocks[i + 1].LastTime
                    : position.Time >= blocks[i + 1].FirstTime);
            ready = ready < 0 ? waiting.Count : ready;
            foreach (EventPosition position in waiting.GetRange(0, ready))
            {
                yield return position;
            }

            waiting.RemoveRange(0, ready);
        }
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
}
