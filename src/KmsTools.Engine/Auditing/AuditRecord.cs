namespace KmsTools.Auditing;

/// <summary>An audit event as the store keeps it: the CloudTrail-shaped JSON, and the columns by which it is found.</summary>
/// <param name="EventId">UUID of the event.</param>
/// <param name="Time">When it happened (UTC, to the millisecond).</param>
/// <param name="EventName">The API operation or the service event.</param>
/// <param name="Region">The Region.</param>
/// <param name="KeyId">The key it is about (ID, not ARN), or null.</param>
/// <param name="SecondKeyId">The other key of ReEncrypt (the source) or of UpdateAlias, or null.</param>
/// <param name="ErrorCode">The error code of a refused call as the event has it, or null.</param>
/// <param name="IsUse">Whether it is a successful cryptographic operation with the key, which GetKeyLastUsage reports.</param>
/// <param name="Json">The whole event as UTF-8 JSON.</param>
public sealed record AuditRecord(
    string EventId,
    DateTimeOffset Time,
    string EventName,
    string Region,
    string? KeyId,
    string? SecondKeyId,
    string? ErrorCode,
    bool IsUse,
    ReadOnlyMemory<byte> Json);
