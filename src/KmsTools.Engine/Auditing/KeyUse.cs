namespace KmsTools.Auditing;

/// <summary>A successful cryptographic operation with a key: known even when its event is not kept any more.</summary>
/// <param name="EventId">UUID of its event.</param>
/// <param name="Time">When (UTC, to the millisecond).</param>
/// <param name="EventName">The operation.</param>
/// <param name="RequestId">UUID of its request, or null if the event has none.</param>
public sealed record KeyUse(string EventId, DateTimeOffset Time, string EventName, string? RequestId);
