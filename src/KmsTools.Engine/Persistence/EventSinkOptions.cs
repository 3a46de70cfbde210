namespace KmsTools.Persistence;

/// <summary>A second place for the events that a process records, for programs that collect logs.</summary>
/// <param name="Place">A file or a syslog server.</param>
/// <param name="IsRequired">Whether a call is refused when its event cannot be written there.</param>
/// <param name="Warn">Is called when events cannot be written there, and when they can again; by any thread.</param>
public sealed record EventSinkOptions(EventSinkPlace Place, bool IsRequired, Action<string> Warn);
