using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage;

/// <summary>Verifies the records of all segments, their chains, the catalogue, and heads that were kept elsewhere.</summary>
internal sealed class EventVerifier(SegmentFolder folder, Catalogue catalogue)
{
    public IEnumerable<EventSegmentVerification> Run(IReadOnlyCollection<EventSegment> heads)
    {
        ImmutableSortedDictionary<int, SegmentState> states = catalogue.Read();
        long? catalogueBreak = catalogue.FindBreak();
        yield return new EventSegmentVerification(
            0,
            catalogueBreak is null ? EventSegmentStatus.OK
                : File.Exists(folder.CatalogueFile) ? EventSegmentStatus.DAMAGED
                : EventSegmentStatus.MISSING,
            0,
            catalogueBreak,
            "",
            folder.CatalogueFile);
        ILookup<int, EventSegment> kept = heads.ToLookup(static head => head.Number);
        foreach (int number in folder.List().Union(states.Keys).Union(kept.Select(static head => head.Key)).Order())
        {
            yield return VerifySurely(number, states.GetValueOrDefault(number), [.. kept[number]]);
        }
    }

    // Segments begin, are completed and are dropped while others are verified, but only under the lock of the catalogue.
    private EventSegmentVerification VerifySurely(int number, SegmentState? state, EventSegment[] heads)
    {
        EventSegmentVerification result = Verify(number, state, heads);
        if (result.Status is EventSegmentStatus.OK or EventSegmentStatus.DROPPED or EventSegmentStatus.INCOMPLETE_END)
        {
            return result;
        }

        using IDisposable? locked = folder.LockCatalogueToRead();
        return Verify(number, catalogue.Read().GetValueOrDefault(number), heads);
    }

    private EventSegmentVerification Verify(int number, SegmentState? state, EventSegment[] heads)
    {
        string path = folder.FileOf(number);
        using SafeFileHandle? file = SegmentFolder.OpenToRead(path);
        if (state?.Status == SegmentStatus.Dropped)
        {
            string head = Hex(state.Head);
            bool differs = heads.Any(kept => kept.State == EventSegmentState.SEALED && kept.Head != head);
            EventSegmentStatus status = differs ? EventSegmentStatus.DIFFERENT_HEAD : EventSegmentStatus.DROPPED;
            return new EventSegmentVerification(number, status, state.Count, null, head, path);
        }

        if (file is null)
        {
            return new EventSegmentVerification(number, EventSegmentStatus.MISSING, 0, 0, "", path);
        }

        if (SegmentHeader.Read(file, folder.StoreId, number) is not { } start)
        {
            return new EventSegmentVerification(number, EventSegmentStatus.DAMAGED, 0, 0, "", path);
        }

        return Verify(file, start, state, heads, path) with { Number = number };
    }

    private static EventSegmentVerification Verify(
        SafeFileHandle file, ChainPosition start, SegmentState? state, EventSegment[] heads, string path)
    {
        // Where the chain must have a certain hash: after that many events.
        List<(long Count, string Head)> expected = [.. heads.Select(static head => (head.Events, head.Head))];
        bool isComplete = state?.Status is SegmentStatus.Sealed or SegmentStatus.Broken;
        if (isComplete)
        {
            expected.Add((state!.Count, Hex(state.Head)));
        }
        else if (state is not null)
        {
            expected.Add((0, Hex(state.Head)));
        }

        Dictionary<long, string> hashes = [];
        long[] counts = [.. expected.Select(static place => place.Count)];
        long count = 0;
        ChainPosition position = start;
        if (counts.Contains(0))
        {
            hashes[0] = Hex(start.Hash);
        }

        (position, ChainEnd end) = ChainScan.Run(file, start, (body, offset) =>
        {
            count++;
            if (counts.Contains(count))
            {
                Span<byte> hash = stackalloc byte[Frame.HashSize];
                RandomAccess.Read(file, hash, offset + Frame.LengthSize + body.Length);
                hashes[count] = Convert.ToHexStringLower(hash);
            }
        });
        (long Count, string Head)[] wrong = [.. expected.Where(place => hashes.GetValueOrDefault(place.Count) != place.Head)];
        EventSegmentStatus status = end switch
        {
            ChainEnd.Broken => EventSegmentStatus.DAMAGED,
            ChainEnd.Torn when isComplete => EventSegmentStatus.DAMAGED,
            _ when wrong.Length > 0 || (isComplete && count != state!.Count) => EventSegmentStatus.DIFFERENT_HEAD,
            ChainEnd.Torn => EventSegmentStatus.INCOMPLETE_END,
            _ when state is null => EventSegmentStatus.NOT_IN_CATALOGUE,
            _ => EventSegmentStatus.OK,
        };
        long? at = status is EventSegmentStatus.OK or EventSegmentStatus.NOT_IN_CATALOGUE ? null : position.Offset;
        return new EventSegmentVerification(0, status, count, at, Hex(position.Hash), path);
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);
}
