namespace KmsTools.Storage;

/// <summary>A run of indexed events of a segment, as one of its lists has them.</summary>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Offset">Where its first event begins in the segment.</param>
/// <param name="FirstTime">The earliest time of the events of the list in unix milliseconds.</param>
/// <param name="LastTime">The latest time of the events of the list in unix milliseconds.</param>
internal readonly record struct EventBlock(int Segment, long Offset, long FirstTime, long LastTime);
