namespace KmsTools.Persistence;

/// <summary>What the event log of a store keeps, and when it is on the disk.</summary>
public sealed record EventLogSettings
{
    /// <summary>
    /// Whether the event of every call is on the disk before the call is answered. Otherwise, as in a new store, a power loss or a crash of
    /// the operating system may take the newest events of calls that changed nothing; killing processes never does.
    /// </summary>
    public bool SyncsEveryGroup { get; init; }

    /// <summary>The age in days above which events are dropped, by the clock of the store; null to keep all.</summary>
    public int? MaxAgeInDays { get; init; }

    /// <summary>The size in bytes above which the oldest events are dropped; null to keep all.</summary>
    public long? MaxSizeInBytes { get; init; }
}
