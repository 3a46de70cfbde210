using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>
/// Queries over the merged events of both files. Reads page by page and keeps no read transaction in between: a pipeline that is
/// slow, or never ends, must not prevent the write-ahead logs from being emptied.
/// </summary>
internal sealed class EventReader(params IEventFile[] files)
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

    public AuditRecord? FindLastUsage(string region, string keyId)
    {
        StoredEvent? newest = null;
        foreach (IEventFile file in files)
        {
            if (file.Read(table => table.FindLastUse(region, keyId)) is StoredEvent found
                && (newest is not StoredEvent other || StoredEvent.Compare(found, other) > 0))
            {
                newest = found;
            }
        }

        return newest?.Record;
    }

    private IEnumerable<AuditRecord> Merge(EventQuery query, bool newestFirst, int pageSize)
    {
        long first = query.After is DateTimeOffset after ? CeilingMilliseconds(after) : long.MinValue + 1;
        long last = query.Before?.ToUnixTimeMilliseconds() ?? long.MaxValue;
        EventLookup[] lookups = [query.KeyId is null ? EventLookup.ByTime : EventLookup.ByKey, EventLookup.InTail];
        EventPage page = new()
        {
            NewestFirst = newestFirst,
            Time = newestFirst ? last : first,
            Sequence = newestFirst ? long.MaxValue : 0,
            LastTime = newestFirst ? first : last,
            Bounds = default,
            Size = pageSize,
            Region = query.Region,
            EventName = query.EventName,
            KeyId = query.KeyId,
        };
        List<IEnumerator<StoredEvent>> streams = new();
        foreach (IEventFile file in files)
        {
            EventPage start = page with { Bounds = file.Read(static table => table.ReadBounds()) };
            streams.AddRange(lookups.Select(lookup => ReadPages(file, lookup, start).GetEnumerator()));
        }

        streams.RemoveAll(static stream => !stream.MoveNext());
        while (streams.Count > 0)
        {
            IEnumerator<StoredEvent> next = streams[0];
            foreach (IEnumerator<StoredEvent> stream in streams.Skip(1))
            {
                int order = StoredEvent.Compare(stream.Current, next.Current);
                next = newestFirst ? (order > 0 ? stream : next) : (order < 0 ? stream : next);
            }

            yield return next.Current.Record;
            if (!next.MoveNext())
            {
                streams.Remove(next);
            }
        }
    }

    private static IEnumerable<StoredEvent> ReadPages(IEventFile file, EventLookup lookup, EventPage page)
    {
        ImmutableArray<StoredEvent> events;
        do
        {
            events = file.Read(table => table.ReadPage(lookup, page));
            foreach (StoredEvent found in events)
            {
                yield return found;
            }

            if (events.Length > 0)
            {
                page = page with { Time = events[^1].Time, Sequence = events[^1].Sequence };
            }
        }
        while (events.Length == page.Size);
    }

    // Event times have millisecond precision: the first one not before a time in between is the next.
    private static long CeilingMilliseconds(DateTimeOffset time)
    {
        long floor = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(floor) < time ? floor + 1 : floor;
    }
}
