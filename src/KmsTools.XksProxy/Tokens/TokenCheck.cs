using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy.Tokens;

/// <summary>The result of a check of a token.</summary>
/// <param name="Health">The result.</param>
/// <param name="Reason">Why it is not ACTIVE; null when it is.</param>
/// <param name="Time">When (UTC).</param>
/// <param name="Tick">When, in milliseconds of <see cref="Environment.TickCount64"/>.</param>
internal sealed record TokenCheck(XksTokenHealth Health, string? Reason, DateTimeOffset Time, long Tick);
