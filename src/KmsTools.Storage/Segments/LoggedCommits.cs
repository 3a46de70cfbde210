using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Finds the newest commit whose event is in the log. An event is appended after its commit is synced, so the state has that commit, or has
/// lost it since. Reads only: takes no lock and repairs nothing.
/// </summary>
internal sealed class LoggedCommits(SegmentFolder folder, Catalogue catalogue)
{
    /// <summary>
    /// The number of the newest commit by what is indexed and what follows it in segments that are not wholly indexed; 0 if there is none.
    /// Reads little, and may be wrong where the index is: too low, or, if the index is damaged, too high.
    /// </summary>
    /// <param name="indexed">Up to where segments are indexed, with the newest commit up to there.</param>
    public long Estimate(ImmutableArray<SegmentProgress> indexed)
    {
        ImmutableSortedDictionary<int, SegmentState> states = catalogue.Read();
        Dictionary<int, SegmentProgress> known = indexed.ToDictionary(static progress => progress.Segment);
        long newest = indexed.Select(static progress => progress.LastCommit).DefaultIfEmpty().Max();
        foreach (int number in folder.List().Where(number => !IsIndexed(states.GetValueOrDefault(number), known.GetValueOrDefault(number))))
        {
            newest = Math.Max(newest, Read(number, known.GetValueOrDefault(number)));
        }

        return newest;
    }

    // A process that was killed after it completed a segment has not indexed all of it.
    private static bool IsIndexed(SegmentState? state, SegmentProgress? known) =>
        state?.Status is SegmentStatus.Sealed or SegmentStatus.Broken && known?.End.Offset == state.Length;

    /// <summary>The number of the newest commit by the events themselves, as far as their chains hold; 0 if none. Reads all.</summary>
    public long Read() => folder.List().Select(number => Read(number, null)).DefaultIfEmpty().Max();

    private long Read(int segment, SegmentProgress? known)
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.FileOf(segment));
        if (file is null || SegmentHeader.Read(file, folder.StoreId, segment) is not { } start)
        {
            return 0;
        }

        long newest = 0;
        ChainPosition from = known is not null && SegmentShelf.IsAt(file, known.End) ? known.End : start;
        ChainScan.Run(file, from, (body, _) => newest = Math.Max(newest, EventCodec.ReadCommit(body)));
        return newest;
    }
}
