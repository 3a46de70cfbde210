namespace KmsTools.Auditing;

/// <summary>The result of the verification of a segment.</summary>
public enum EventSegmentStatus
{
    /// <summary>Every event is what was written, and the catalogue and the given heads agree.</summary>
    OK,

    /// <summary>
    /// It ends with an event that was not written to its end: another process is writing it, or was killed. The next process that continues
    /// the segment cuts it off. No event of an answered call is missing.
    /// </summary>
    INCOMPLETE_END,

    /// <summary>An event is not what was written, was removed, or was inserted.</summary>
    DAMAGED,

    /// <summary>It has other events than the catalogue or a given head says.</summary>
    DIFFERENT_HEAD,

    /// <summary>The file is missing, and was not dropped.</summary>
    MISSING,

    /// <summary>The file exists, but the catalogue does not name it.</summary>
    NOT_IN_CATALOGUE,

    /// <summary>It was dropped, because it exceeded the maximum age or size of the log.</summary>
    DROPPED,
}

/// <summary>Whether a segment, or the catalogue, of the event log is what was written.</summary>
/// <param name="Number">The number of the segment; 0 for the catalogue.</param>
/// <param name="Status">The result.</param>
/// <param name="Events">The number of events that were verified; those that it had, if it was dropped.</param>
/// <param name="Position">Where the file stops being what was written: the position of the first wrong byte or event; null if it does not.</param>
/// <param name="Head">The hash of the last event that was verified, in hexadecimal digits.</param>
/// <param name="Path">The file.</param>
public sealed record EventSegmentVerification(
    int Number, EventSegmentStatus Status, long Events, long? Position, string Head, string Path);
