namespace KmsTools.Storage.Segments;

/// <summary>What a segment contains, up to a position.</summary>
/// <param name="Segment">Its number.</param>
/// <param name="End">The position.</param>
/// <param name="Count">The number of events before it.</param>
/// <param name="FirstTime">The earliest time of these events in unix milliseconds; the largest number if there is none.</param>
/// <param name="LastTime">The latest time of these events in unix milliseconds; the smallest number if there is none.</param>
/// <param name="LastCommit">
/// The highest number of a commit that one of these events belongs to; 0 if there is none, or if it was not noted yet.
/// </param>
internal sealed record SegmentProgress(int Segment, ChainPosition End, long Count, long FirstTime, long LastTime, long LastCommit)
{
    /// <summary>The beginning of a segment.</summary>
    public static SegmentProgress Start(int segment, ChainPosition start) => new(segment, start, 0, long.MaxValue, long.MinValue, 0);

    /// <summary>The same with one more event, at the same position.</summary>
    /// <param name="time">The time of the event in unix milliseconds.</param>
    /// <param name="commit">The number of its commit, or 0.</param>
    public SegmentProgress With(long time, long commit) => this with
    {
        Count = Count + 1,
        FirstTime = Math.Min(FirstTime, time),
        LastTime = Math.Max(LastTime, time),
        LastCommit = Math.Max(LastCommit, commit),
    };

    /// <summary>The same with a run of records, at the same position.</summary>
    public SegmentProgress With(ReadOnlySpan<byte> records)
    {
        SegmentProgress progress = this;
        for (int at = 0; at < records.Length;)
        {
            int size = Frame.Measure(records[at..]);
            ReadOnlySpan<byte> body = Frame.Body(records.Slice(at, size));
            progress = progress.With(EventCodec.ReadTime(body), EventCodec.ReadCommit(body));
            at += size;
        }

        return progress;
    }

    /// <summary>The entry of the catalogue about it.</summary>
    public CatalogueEntry Entry(CatalogueEvent what) => new(
        what,
        DateTime.UtcNow.Ticks,
        Segment,
        Count,
        Count == 0 ? 0 : FirstTime,
        Count == 0 ? 0 : LastTime,
        End.Offset,
        End.Hash);
}
