namespace KmsTools.Storage.Segments;

/// <summary>What the catalogue says of a segment.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Status">Whether it is complete.</param>
/// <param name="Count">The number of its events; 0 while it is open.</param>
/// <param name="FirstTime">The earliest time of an event (unix milliseconds); 0 while it is open.</param>
/// <param name="LastTime">The latest time of an event (unix milliseconds); 0 while it is open.</param>
/// <param name="Length">Its size in bytes; 0 while it is open.</param>
/// <param name="Head">The hash of its last record; that of its header while it is open.</param>
/// <param name="CutBytes">
/// The bytes of records that crashes left incomplete, which were cut off, and of whole ones that they took and that had been indexed.
/// </param>
internal sealed record SegmentState(
    int Number, SegmentStatus Status, long Count, long FirstTime, long LastTime, long Length, byte[] Head, long CutBytes);

/// <summary>Whether a segment is complete.</summary>
internal enum SegmentStatus : byte
{
    /// <summary>A process appends to it, or the next one will.</summary>
    Open = 1,

    /// <summary>Complete; its head is in the catalogue.</summary>
    Sealed = 2,

    /// <summary>Given up, because a record in it is damaged. What is before the damage counts.</summary>
    Broken = 3,

    /// <summary>Deleted because it exceeded the maximum age or size of the log.</summary>
    Dropped = 4,
}
