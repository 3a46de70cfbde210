using KmsTools.Auditing;

namespace KmsTools;

/// <summary>A part of the life of a key: an event, or several equal ones in a row.</summary>
public sealed record KmsKeyHistoryEntry
{
    /// <summary>The ID of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>When it happened, or for the first time (UTC).</summary>
    public required DateTime Time { get; init; }

    /// <summary>When it happened for the last time (UTC).</summary>
    public required DateTime LastTime { get; init; }

    /// <summary>The event: an operation, or RotateKey, DeleteKey or DeleteExpiredKeyMaterial.</summary>
    public required string EventName { get; init; }

    /// <summary>How often it happened in a row.</summary>
    public required int Count { get; init; }

    /// <summary>The error code of calls that were refused; null for others.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>The state of the key afterwards: that of its metadata, or Deleted; null where events do not show it.</summary>
    public string? State { get; init; }

    /// <summary>What distinguishes it, such as an alias or a waiting period; empty if nothing does.</summary>
    public required string Details { get; init; }

    /// <summary>The caller: the user name, or the service.</summary>
    public required string User { get; init; }

    /// <summary>The last of the events.</summary>
    public required AuditEvent AuditEvent { get; init; }
}
