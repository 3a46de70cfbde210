namespace KmsTools;

/// <summary>A copy of a whole store, in another place: it is the same store, with the same ID, keys and events.</summary>
public sealed record StoreCopy
{
    /// <summary>Where the store is that was copied: its folder, or the hosts and the name of its database.</summary>
    public required string Source { get; init; }

    /// <summary>Where the copy is: its folder, or the hosts and the name of its database.</summary>
    public required string Destination { get; init; }

    /// <summary>
    /// The file with the root key of the copy; null for a copy in a folder, and where the sealed root key is in the database.
    /// </summary>
    public string? RootKeyFile { get; init; }

    /// <summary>The UUID of the store, which the copy has too.</summary>
    public required string StoreId { get; init; }

    /// <summary>The account of the store, 12 digits.</summary>
    public required string AccountId { get; init; }

    /// <summary>The default Region of the store.</summary>
    public required string Region { get; init; }

    /// <summary>The number of keys in all Regions, of any state, with those that AWS services manage.</summary>
    public required long Keys { get; init; }

    /// <summary>The number of records in the copy whose MAC was verified there.</summary>
    public required long Records { get; init; }

    /// <summary>The number of events in the copy whose chain was verified there.</summary>
    public required long Events { get; init; }

    /// <summary>The number of the newest change of the store that is in the copy, as Test-KmsStore shows it.</summary>
    public required long NewestChange { get; init; }

    /// <summary>Whether the store is sealed. What opens it opens the copy.</summary>
    public required bool IsSealed { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }
}
