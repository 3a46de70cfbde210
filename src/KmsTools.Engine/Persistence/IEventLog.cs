using KmsTools.Auditing;

namespace KmsTools.Persistence;

/// <summary>Events of calls that change no state, appended with group commit, and queries over the events of both lanes.</summary>
public interface IEventLog
{
    /// <summary>
    /// Appends one event and returns once it is committed. Calls that arrive while a commit is in progress are committed together in
    /// the next one.
    /// </summary>
    void Append(AuditRecord record);

    /// <summary>Like <see cref="Append"/>, without blocking a thread: the task completes once the event is committed.</summary>
    Task AppendAsync(AuditRecord record);

    /// <summary>Events of both lanes, oldest first by time and, within the same time, by the order of recording.</summary>
    IEnumerable<AuditRecord> Query(EventQuery query);

    /// <summary>The newest successful cryptographic use of a key, or null. One index lookup.</summary>
    AuditRecord? FindLastUsage(string region, string keyId);
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
