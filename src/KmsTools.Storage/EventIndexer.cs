using System.Collections.Immutable;
using System.Runtime.InteropServices;
using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage;

/// <summary>Fills the index behind the segments.</summary>
internal sealed class EventIndexer(SegmentFolder folder, Catalogue catalogue, EventIndex index)
{
    // Some 8,000 events: what is read at once is in memory until it is indexed.
    private const long StepSize = 8 << 20;

    private readonly SegmentTails _tails = new(folder);

    /// <summary>
    /// The events of all segments that are not indexed. Complete segments are indexed first, so that the others are few.
    /// </summary>
    public SegmentTail[] ReadTails()
    {
        ImmutableSortedDictionary<int, SegmentState> states = catalogue.Read();
        Dictionary<int, SegmentProgress> indexed = index.ListSegments().ToDictionary(static progress => progress.Segment);
        return
        [
            .. folder.List()
                .Where(number => states.GetValueOrDefault(number)?.Status != SegmentStatus.Dropped)
                .Select(number => ReadTail(number, states.GetValueOrDefault(number), indexed.GetValueOrDefault(number))),
        ];
    }

    /// <summary>Indexes all that a segment contains now.</summary>
    public void Index(int segment)
    {
        while (IndexNext(segment))
        {
        }
    }

    /// <summary>Indexes the next events of a segment, a limited number.</summary>
    /// <returns>Whether there are more.</returns>
    public bool IndexNext(int segment)
    {
        long end = ReadLength(segment);
        SegmentTail tail = ReadNow(segment, StepSize);
        if (tail.Entries.Length == 0)
        {
            return false;
        }

        index.Add(tail.From, tail.To, tail.Entries, FindUses(tail));
        _tails.Forget(segment);
        return tail.To.End.Offset < end;
    }

    /// <summary>Indexes all that a segment contains, if many of its events are not indexed.</summary>
    public void IndexIfMany(int segment, int min)
    {
        if (ReadNow(segment).Entries.Length >= min)
        {
            Index(segment);
        }
    }

    /// <summary>The use of a key that an event records.</summary>
    public static KeyUse UseOf(AuditRecord record) => new(record.EventId, record.Time, record.EventName, EventCodec.ReadRequestId(record));

    private SegmentTail ReadTail(int segment, SegmentState? state, SegmentProgress? indexed)
    {
        bool isComplete = state?.Status is SegmentStatus.Sealed or SegmentStatus.Broken;
        if (isComplete && indexed is not null && indexed.End.Offset == state!.Length)
        {
            return new SegmentTail(indexed, indexed, []);
        }

        if (isComplete)
        {
            Index(segment);
        }

        return ReadNow(segment);
    }

    private long ReadLength(int segment)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment));
        return file is null ? 0 : RandomAccess.GetLength(file);
    }

    private SegmentTail ReadNow(int segment, long? step = null)
    {
        SegmentProgress? indexed = index.FindSegment(segment);
        if (_tails.Read(segment, indexed, step) is { } tail)
        {
            return tail;
        }

        // A power loss took what the index knew, or the segment is gone.
        if (indexed is not null && File.Exists(folder.FileOf(segment)))
        {
            index.Delete(segment);
        }

        return _tails.Read(segment, null, step)
            ?? new SegmentTail(null, SegmentProgress.Start(segment, new ChainPosition(0, new byte[Frame.HashSize])), []);
    }

    private Dictionary<(string KeyId, string Region), LastUse> FindUses(SegmentTail tail)
    {
        string path = folder.FileOf(tail.To.Segment);
        using SafeFileHandle? file = SegmentFolder.OpenToRead(path);
        return FindNewestUses(tail.Entries).ToDictionary(
            static use => use.Key,
            use =>
            {
                EventEntry newest = use.Value;
                byte[] frame = (file is null ? null : ChainScan.ReadFrame(file, newest.Offset))
                    ?? throw StorageFault.Damaged(path, newest.Offset);
                return new LastUse(newest.Time, newest.Recorded, UseOf(EventCodec.Read(Frame.Body((ReadOnlySpan<byte>)frame))));
            });
    }

    /// <summary>The newest use of each key in each Region.</summary>
    /// <param name="entries">Events, in whatever order.</param>
    public static Dictionary<(string KeyId, string Region), EventEntry> FindNewestUses(IEnumerable<EventEntry> entries)
    {
        Dictionary<(string KeyId, string Region), EventEntry> uses = [];
        foreach (EventEntry entry in entries)
        {
            foreach (string keyId in entry.IsUse ? entry.KeyIds : [])
            {
                ref EventEntry? newest = ref CollectionsMarshal.GetValueRefOrAddDefault(uses, (keyId, entry.Region), out _);
                newest = newest is null || newest.Position.CompareTo(entry.Position) < 0 ? entry : newest;
            }
        }

        return uses;
    }
}
