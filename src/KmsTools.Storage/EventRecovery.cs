using System.Collections.Immutable;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Tables;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage;

/// <summary>
/// Appends the events of commits whose process was killed before it appended them. Only the process that has a segment appends to it and
/// clears the rows that name it, so that nothing is appended twice, whenever that process is killed in turn.
/// </summary>
internal sealed class EventRecovery(SegmentFolder folder, Catalogue catalogue, SegmentShelf shelf, IOutbox outbox)
{
    /// <summary>Recovers what is missing in the segment of this process and in those that nobody has.</summary>
    public void Run(SegmentWriter own)
    {
        if (outbox.List() is not { IsEmpty: false } items)
        {
            return;
        }

        Complete(own);
        foreach (int segment in items.Select(static item => item.Segment).Distinct().Where(segment => segment != own.Number))
        {
            using SegmentWriter? other = shelf.TryTake(segment);
            if (other is not null)
            {
                Complete(other);
            }
            else if (catalogue.Read().GetValueOrDefault(segment)?.Status != SegmentStatus.Open || !File.Exists(folder.FileOf(segment)))
            {
                Adopt(own, segment);
            }
        }
    }

    private void Complete(SegmentWriter segment) => Append(segment, [.. outbox.List().Where(item => item.Segment == segment.Number)]);

    // The segment is damaged or gone, so that nobody can append to it. What is before the damage stays where it is.
    private void Adopt(SegmentWriter own, int segment)
    {
        using IDisposable locked = folder.LockCatalogue();
        Append(
            own,
            [.. outbox.List().Where(item => item.Segment == segment).Select(static item => item with { SegmentLength = 0 })],
            ReadWhole(segment));
    }

    private void Append(SegmentWriter segment, ImmutableArray<OutboxItem> items, HashSet<(long, string)>? before = null)
    {
        if (items.IsEmpty)
        {
            return;
        }

        HashSet<(long, string)> there = ReadEvents(segment, items.Min(static item => item.SegmentLength));
        there.UnionWith(before ?? []);
        foreach (OutboxItem item in items)
        {
            byte[] missing =
            [
                .. Frame.Split(item.Events)
                    .Where(frame => !there.Contains(EventCodec.ReadIdentity(Frame.Body((ReadOnlySpan<byte>)frame))))
                    .SelectMany(static frame => frame),
            ];
            if (missing.Length > 0)
            {
                segment.Append([missing], sync: false);
            }
        }

        segment.Sync();
        outbox.Clear(items[0].Segment, items[^1].Number);
    }

    private HashSet<(long Commit, string EventId)> ReadWhole(int segment)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment));
        return file is not null && SegmentHeader.Read(file, folder.StoreId, segment) is { } start ? ReadEvents(file, start) : [];
    }

    private HashSet<(long Commit, string EventId)> ReadEvents(SegmentWriter segment, long from)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment.Number));
        long start = Math.Clamp(from, SegmentHeader.Size, segment.Progress.End.Offset);
        byte[] hash = new byte[Frame.HashSize];
        RandomAccess.Read(file!, hash, start - Frame.HashSize);
        return ReadEvents(file!, new ChainPosition(start, hash));
    }

    private static HashSet<(long Commit, string EventId)> ReadEvents(SafeFileHandle file, ChainPosition start)
    {
        HashSet<(long, string)> events = [];
        ChainScan.Run(file, start, (body, _) => events.Add(EventCodec.ReadIdentity(body)));
        return events;
    }
}
