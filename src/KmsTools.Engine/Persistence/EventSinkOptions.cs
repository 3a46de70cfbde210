namespace KmsTools.Persistence;

/// <summary>A second place for the events that a process records: a file of JSON lines, for programs that collect logs.</summary>
/// <param name="File">The file, to which lines are added; created (owner-only) when it does not exist.</param>
/// <param name="IsRequired">Whether a call is refused when its event cannot be written there.</param>
/// <param name="Warn">Is called when events cannot be written there, and when they can again.</param>
public sealed record EventSinkOptions(string File, bool IsRequired, Action<string> Warn);
