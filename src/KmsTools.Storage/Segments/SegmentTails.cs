using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>The events of a segment that are not indexed yet.</summary>
/// <param name="From">Up to where the segment is indexed; null if it is not.</param>
/// <param name="To">What the segment contains with them.</param>
/// <param name="Entries">The events, in the order of the segment.</param>
internal sealed record SegmentTail(SegmentProgress? From, SegmentProgress To, ImmutableArray<EventEntry> Entries);

/// <summary>
/// The ends of the segments that are not indexed yet, read from the files, whichever process appends to them. What was read is kept, so that
/// the next query reads only what is new.
/// </summary>
internal sealed class SegmentTails(SegmentFolder folder)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, SegmentTail> _tails = [];

    /// <summary>
    /// Reads the tail of a segment: what is in it when the call begins. Calls that append meanwhile may be faster than the reader, which would
    /// never end.
    /// </summary>
    /// <param name="segment">The segment.</param>
    /// <param name="indexed">Up to where it is indexed; null if it is not.</param>
    /// <param name="step">
    /// The maximum number of bytes to read behind what is indexed, by a thread that works behind the calls; one event is read in any case. It
    /// gives way to the calls unless there is more to read. Null to read all, for a caller who waits.
    /// </param>
    /// <returns>Null if the segment does not exist, or is not what was indexed: the index must forget it.</returns>
    public SegmentTail? Read(int segment, SegmentProgress? indexed, long? step = null)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment));
        long end = file is null ? 0 : RandomAccess.GetLength(file);
        if (file is null || SegmentHeader.Read(file, folder.StoreId, segment) is not { } start
            || (indexed is not null && !SegmentShelf.IsAt(file, indexed.End)))
        {
            return null;
        }

        lock (_gate)
        {
            SegmentProgress from = indexed ?? SegmentProgress.Start(segment, start);
            SegmentTail tail = Known(file, from) is { } kept ? kept with { From = indexed } : new SegmentTail(indexed, from, []);
            SharedTexts texts = new();
            ImmutableArray<EventEntry>.Builder entries = ImmutableArray.CreateBuilder<EventEntry>();
            SegmentProgress to = tail.To;
            WorkBehind work = default;
            bool isLate = step < end - from.End.Offset;
            Scan(isLate ? from.End.Offset + step!.Value : end);
            if (entries.Count == 0 && tail.Entries.IsEmpty)
            {
                Scan(end);
            }

            tail = tail with { To = to, Entries = tail.Entries.AddRange(entries) };
            _tails[segment] = tail;
            return tail;

            void Scan(long limit)
            {
                (ChainPosition position, _) = ChainScan.Run(
                    file,
                    to.End,
                    (body, offset) =>
                    {
                        EventEntry entry = EventCodec.ReadEntry(body, segment, offset, texts);
                        entries.Add(entry);
                        to = to.With(entry.Time, entry.Commit);
                        if (step is not null && !isLate)
                        {
                            work.StepDone();
                        }
                    },
                    limit);
                to = to with { End = position };
            }
        }
    }

    /// <summary>Forgets what was read of a segment.</summary>
    public void Forget(int segment)
    {
        lock (_gate)
        {
            _tails.Remove(segment);
        }
    }

    // A process that failed to write, or was killed, may have cut off what was read.
    private SegmentTail? Known(SafeFileHandle file, SegmentProgress from)
    {
        if (_tails.GetValueOrDefault(from.Segment) is not { } tail
            || tail.To.End.Offset < from.End.Offset
            || (tail.From?.End.Offset ?? SegmentHeader.Size) > from.End.Offset
            || !SegmentShelf.IsAt(file, tail.To.End))
        {
            return null;
        }

        return tail with { Entries = tail.Entries.RemoveAll(entry => entry.Offset < from.End.Offset) };
    }
}
