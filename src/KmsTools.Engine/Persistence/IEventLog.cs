using System.Collections.Immutable;
using KmsTools.Auditing;

namespace KmsTools.Persistence;

/// <summary>
/// All events of a store, in segments whose records are chained by hashes. Events of calls that change no state are appended here, those of
/// changes with <see cref="IStateTransaction.Append"/>.
/// </summary>
public interface IEventLog
{
    /// <summary>What crashes had left of the log when the store was opened: nothing of an answered call, unless a file is damaged.</summary>
    ImmutableArray<EventLogRepair> Repairs { get; }

    /// <summary>Called after a segment was completed, on a thread of the log: what is too much can be dropped.</summary>
    Action? SegmentCompleted { get; set; }

    /// <summary>
    /// Appends one event and returns once the operating system has it. Calls that arrive while others are written are written together in
    /// the next group.
    /// </summary>
    void Append(AuditRecord record);

    /// <summary>Like <see cref="Append"/>, without blocking a thread while others are written.</summary>
    Task AppendAsync(AuditRecord record);

    /// <summary>
    /// Appends the event of a call that went on with what this process knew, unless that is outdated: another process has changed, since
    /// that version, one of the items that the call has read.
    /// </summary>
    /// <param name="record">The event.</param>
    /// <param name="reads">What the call has read.</param>
    /// <returns>False if it is outdated: nothing was appended, and the call must be made again.</returns>
    bool TryAppend(AuditRecord record, StateReads reads);

    /// <summary>Like <see cref="TryAppend"/>, without blocking a thread while others are written.</summary>
    Task<bool> TryAppendAsync(AuditRecord record, StateReads reads);

    /// <summary>Events of all calls, oldest first by time and, within the same time, by the order of recording.</summary>
    IEnumerable<AuditRecord> Query(EventQuery query);

    /// <summary>The newest successful cryptographic use of a key, or null. Known even if its event has been dropped.</summary>
    KeyUse? FindLastUsage(string region, string keyId);

    /// <summary>All segments, with those that were dropped, in the order of their numbers.</summary>
    ImmutableArray<EventSegment> ListSegments();

    /// <summary>Verifies every event of all segments, and the catalogue.</summary>
    /// <param name="heads">Segments as they were listed at an earlier time and kept elsewhere.</param>
    IEnumerable<EventSegmentVerification> Verify(IReadOnlyCollection<EventSegment> heads);

    /// <summary>The complete segments that exceed what the log may keep, oldest first.</summary>
    /// <param name="settings">What it may keep.</param>
    /// <param name="now">The time by the clock of the store (UTC).</param>
    ImmutableArray<EventSegment> FindExcess(EventLogSettings settings, DateTimeOffset now);

    /// <summary>Deletes complete segments. The last uses of keys in them stay known.</summary>
    void Drop(IReadOnlyCollection<EventSegment> segments);
}

/// <summary>The events to find. All conditions must hold.</summary>
public sealed record EventQuery
{
    /// <summary>Only events about this key (key ID without ARN).</summary>
    public string? KeyId { get; init; }

    /// <summary>Only events with this name, compared case-insensitively.</summary>
    public string? EventName { get; init; }

    /// <summary>Only events of this Region.</summary>
    public string? Region { get; init; }

    /// <summary>Only events at or after this time.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only events at or before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only the newest of them, at most this many. The cost depends on their number, not on that of all events.</summary>
    public int? Last { get; init; }
}
