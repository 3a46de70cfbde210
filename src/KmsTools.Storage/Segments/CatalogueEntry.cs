using System.Buffers.Binary;

namespace KmsTools.Storage.Segments;

/// <summary>What happened to a segment.</summary>
internal enum CatalogueEvent : byte
{
    /// <summary>It was created; the head is the hash of its header.</summary>
    Born = 1,

    /// <summary>An incomplete record was cut off: the length is what remains, the count the bytes that were cut.</summary>
    Cut = 2,

    /// <summary>It was completed.</summary>
    Sealed = 3,

    /// <summary>It was given up at a damaged record; count, times, length and head are those of what is before.</summary>
    Broken = 4,

    /// <summary>It was deleted; count, times, length and head are those that it had.</summary>
    Dropped = 5,
}

/// <summary>An entry of the catalogue.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Moment">When: ticks of the real clock.</param>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Count">The number of its events.</param>
/// <param name="FirstTime">The earliest time of an event in unix milliseconds.</param>
/// <param name="LastTime">The latest time of an event in unix milliseconds.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Head">The hash of its last record.</param>
internal sealed record CatalogueEntry(
    CatalogueEvent Event, long Moment, int Segment, long Count, long FirstTime, long LastTime, long Length, byte[] Head)
{
    private const int BodySize = 1 + (5 * sizeof(long)) + sizeof(int) + Frame.HashSize;

    /// <summary>The entry as a record whose hash is still missing.</summary>
    public byte[] Encode()
    {
        byte[] frame = Frame.Create(BodySize);
        Span<byte> body = Frame.Body(frame.AsSpan());
        body[0] = (byte)Event;
        BinaryPrimitives.WriteInt32LittleEndian(body[1..], Segment);
        Span<byte> numbers = body[(1 + sizeof(int))..];
        foreach (long number in (ReadOnlySpan<long>)[Moment, Count, FirstTime, LastTime, Length])
        {
            BinaryPrimitives.WriteInt64LittleEndian(numbers, number);
            numbers = numbers[sizeof(long)..];
        }

        Head.CopyTo(numbers);
        return frame;
    }

    /// <summary>Reads the body of a record.</summary>
    public static CatalogueEntry Read(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> numbers = body[(1 + sizeof(int))..];
        return new CatalogueEntry(
            (CatalogueEvent)body[0],
            BinaryPrimitives.ReadInt64LittleEndian(numbers),
            BinaryPrimitives.ReadInt32LittleEndian(body[1..]),
            BinaryPrimitives.ReadInt64LittleEndian(numbers[sizeof(long)..]),
            BinaryPrimitives.ReadInt64LittleEndian(numbers[(2 * sizeof(long))..]),
            BinaryPrimitives.ReadInt64LittleEndian(numbers[(3 * sizeof(long))..]),
            BinaryPrimitives.ReadInt64LittleEndian(numbers[(4 * sizeof(long))..]),
            numbers[(5 * sizeof(long))..].ToArray());
    }

    /// <summary>The segment after this.</summary>
    /// <param name="before">The segment before; null if the catalogue did not know it.</param>
    public SegmentState Apply(SegmentState? before) => Event switch
    {
        CatalogueEvent.Cut when before is not null => before with { CutBytes = before.CutBytes + Count },
        CatalogueEvent.Sealed => Closed(SegmentStatus.Sealed, before),
        CatalogueEvent.Broken => Closed(SegmentStatus.Broken, before),
        CatalogueEvent.Dropped => Closed(SegmentStatus.Dropped, before),
        _ => new SegmentState(Segment, SegmentStatus.Open, 0, 0, 0, 0, Head, 0),
    };

    private SegmentState Closed(SegmentStatus status, SegmentState? before) =>
        new(Segment, status, Count, FirstTime, LastTime, Length, Head, before?.CutBytes ?? 0);
}
