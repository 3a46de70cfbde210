using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>An event that is to be appended.</summary>
/// <param name="frame">The record, whose hash is missing.</param>
/// <param name="reads">What its call has read; null if that does not matter.</param>
internal sealed class PendingEvent(byte[] frame, StateReads? reads)
{
    public byte[] Frame { get; } = frame;

    public StateReads? Reads { get; } = reads;

    /// <summary>Whether it was not appended, because what its call has read is outdated.</summary>
    public bool IsStale { get; set; }
}
