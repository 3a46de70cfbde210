using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Compares the index of the events with the segments, of which it is made: what it does not have, no query finds, and what it says of the
/// last use of a key is believed.
/// </summary>
/// <param name="folder">The segments.</param>
/// <param name="catalogue">Their catalogue.</param>
/// <param name="index">A separate connection to the index.</param>
internal sealed class EventIndexVerifier(SegmentFolder folder, Catalogue catalogue, EventIndexConnection index)
{
    private const int UsesAtOnce = 1000;

    /// <summary>What the index has otherwise than the segments: at most a sentence for each segment, and one for the last uses.</summary>
    public IEnumerable<string> Run()
    {
        string? wrongUse = null;
        bool hasLists = true;
        foreach (int segment in index.ListSegments().Select(static progress => progress.Segment).Order())
        {
            if (!InOneState(() => IsAsIndexed(segment, ref wrongUse)))
            {
                hasLists = false;
                yield return $"It does not have the events of '{Path.GetFileName(folder.FileOf(segment))}' as they are there.";
            }
        }

        if (index.HasOtherLists())
        {
            hasLists = false;
            yield return "It has lists of a segment that it does not have.";
        }

        // Uses are looked for in the lists.
        if ((wrongUse ?? (hasLists ? FindUnknownUse() : null)) is { } keyId)
        {
            yield return $"It has a last use of the key {keyId} that is not what the events say.";
        }
    }

    // Segments that are missing or damaged are found where the segments themselves are verified.
    private bool IsAsIndexed(int segment, ref string? wrongUse)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment));
        if (index.FindSegment(segment) is not { } indexed || file is null
            || SegmentHeader.Read(file, folder.StoreId, segment) is not { } position)
        {
            return true;
        }

        SegmentProgress found = SegmentProgress.Start(segment, position);
        long lists = 0;
        long[] ends =
        [
            .. index.FindLists(EventListName.All, segment).Select(static block => block.Offset).Order().Skip(1), indexed.End.Offset,
        ];
        foreach (long end in ends)
        {
            List<EventEntry> entries = [];
            ChainPosition start = found.End;
            (position, _) = ChainScan.Run(
                file,
                start,
                (body, offset) =>
                {
                    EventEntry entry = EventCodec.ReadEntry(body, segment, offset);
                    entries.Add(entry);
                    found = found.With(entry.Time, entry.Commit);
                },
                end);
            found = found with { End = position };
            if (position.Offset != end)
            {
                return IsDamaged(file, SegmentProgress.Start(segment, start).End, indexed.End);
            }

            if (entries.Count > 0 && !HasLists([.. entries], ref lists))
            {
                return false;
            }

            wrongUse ??= FindOlderUse(entries);
        }

        return index.CountLists(segment) == lists
            && (found.Count, found.FirstTime, found.LastTime) == (indexed.Count, indexed.FirstTime, indexed.LastTime)
            && found.End.Hash.AsSpan().SequenceEqual(indexed.End.Hash)
            && (indexed.LastCommit == 0 || indexed.LastCommit == found.LastCommit);
    }

    // Where the segment breaks before a place that is as it was, the damage is its own.
    private static bool IsDamaged(SafeFileHandle file, ChainPosition start, ChainPosition indexed) =>
        SegmentShelf.IsAt(file, indexed)
        && ChainScan.Run(file, start, static (_, _) => { }, indexed.Offset).Position.Offset != indexed.Offset;

    private bool HasLists(EventEntry[] entries, ref long lists)
    {
        foreach ((EventListName name, EventBlock block, byte[] events) in EventList.ListBlock(entries))
        {
            lists++;
            if (index.FindList(name, block.Segment, block.Offset) is not { } stored || stored.Block != block
                || !stored.Events.AsSpan().SequenceEqual(events))
            {
                return false;
            }
        }

        return true;
    }

    // The last use of a key is one of these events, or a newer one.
    private string? FindOlderUse(List<EventEntry> entries)
    {
        foreach (((string keyId, string region), EventEntry newest) in EventIndexer.FindNewestUses(entries))
        {
            if (index.FindUse(region, keyId) is not { } use
                || (use.Time, use.Recorded).CompareTo((newest.Time, newest.Recorded)) < 0)
            {
                return keyId;
            }
        }

        return null;
    }

    // The other way round: each last use is that of an event, unless that was in a segment which is gone.
    private string? FindUnknownUse()
    {
        // Before the uses are read: events that are indexed from here on are looked for in the segments too.
        Dictionary<int, SegmentProgress> indexed = index.ListSegments().ToDictionary(static segment => segment.Segment);
        Dictionary<(string KeyId, string Region), LastUse> unknown = [];
        (string KeyId, string Region) after = ("", "");
        string? wrong = null;
        int count;
        do
        {
            count = InOneState(() =>
            {
                ImmutableArray<SegmentProgress> segments = index.ListSegments();
                ImmutableArray<(string KeyId, string Region, LastUse Use)> uses = index.ListUses(after.KeyId, after.Region, UsesAtOnce);
                foreach ((string keyId, string region, LastUse use) in uses)
                {
                    bool? isIndexed = IsIndexed(segments, keyId, region, use);
                    wrong ??= isIndexed == false ? keyId : null;
                    if (isIndexed is null)
                    {
                        unknown.Add((keyId, region), use);
                    }

                    after = (keyId, region);
                }

                return uses.Length;
            });
        }
        while (count == UsesAtOnce && wrong is null);
        if (wrong is not null)
        {
            return wrong;
        }

        RemoveUsesInTails(unknown, indexed);
        return unknown.Count == 0 || AreSomeGone() ? null : unknown.Keys.First().KeyId;
    }

    // Null: it is no event that is indexed.
    private bool? IsIndexed(ImmutableArray<SegmentProgress> segments, string keyId, string region, LastUse use)
    {
        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds(use.Time);
        EventSearch search = new(new EventQuery { KeyId = keyId, Region = region, After = time, Before = time });
        EventPosition[] found =
        [
            .. segments.Where(segment => search.Overlaps(segment.FirstTime, segment.LastTime))
                .SelectMany(segment => index.FindLists(search.List, segment.Segment)
                    .Where(block => search.Overlaps(block.FirstTime, block.LastTime))
                    .SelectMany(block => EventList.Decode(index.ReadList(search.List, block), segment.Segment, segment.End.Offset, search)))
                .Where(position => position.Recorded == use.Recorded),
        ];
        return found.Length == 0
            ? null
            : found.Any(position => Read(position) is not { } record || (record.IsUse && EventIndexer.UseOf(record) == use.Use));
    }

    // All segments of a copy, and the ends of others.
    private void RemoveUsesInTails(
        Dictionary<(string KeyId, string Region), LastUse> uses, Dictionary<int, SegmentProgress> indexed)
    {
        foreach (int segment in uses.Count == 0 ? [] : folder.List())
        {
            using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment));
            if (file is null || SegmentHeader.Read(file, folder.StoreId, segment) is not { } start)
            {
                continue;
            }

            ChainPosition from = indexed.GetValueOrDefault(segment) is { } known && SegmentShelf.IsAt(file, known.End) ? known.End : start;
            ChainScan.Run(file, from, (body, offset) =>
            {
                EventEntry entry = EventCodec.ReadEntry(body, segment, offset);
                foreach (string keyId in entry.IsUse ? entry.KeyIds : [])
                {
                    if (uses.TryGetValue((keyId, entry.Region), out LastUse? use)
                        && (use.Time, use.Recorded) == (entry.Time, entry.Recorded)
                        && EventIndexer.UseOf(EventCodec.Read(body)) == use.Use)
                    {
                        uses.Remove((keyId, entry.Region));
                    }
                }
            });
        }
    }

    private AuditRecord? Read(EventPosition position)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(position.Segment));
        return file is not null && ChainScan.ReadFrame(file, position.Offset) is { } frame
            ? EventCodec.Read(Frame.Body((ReadOnlySpan<byte>)frame))
            : null;
    }

    private bool AreSomeGone() => catalogue.Read().Values.Any(
        segment => segment.Status is SegmentStatus.Dropped or SegmentStatus.Broken || segment.CutBytes > 0
            || !File.Exists(folder.FileOf(segment.Number)));

    // The index grows, and forgets segments that are dropped.
    private T InOneState<T>(Func<T> read)
    {
        index.Database.Begin();
        try
        {
            return read();
        }
        finally
        {
            index.Database.RollBack();
        }
    }
}
