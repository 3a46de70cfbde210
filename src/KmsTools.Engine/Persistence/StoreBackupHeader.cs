using System.Collections.Immutable;

namespace KmsTools.Persistence;

/// <summary>
/// What the head of a backup of a store says in plaintext. It is known to be true only once it was opened: its key is wrapped with it.
/// </summary>
public sealed record StoreBackupHeader
{
    /// <summary>The UUID of the store, which a restored store keeps.</summary>
    public required string StoreId { get; init; }

    /// <summary>The account of the store, 12 digits.</summary>
    public required string AccountId { get; init; }

    /// <summary>The default Region of the store.</summary>
    public required string Region { get; init; }

    /// <summary>When the backup was made (UTC, by the clock of the store).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The number of the newest change of the store that is in the backup; 0 for none.</summary>
    public required long NewestChange { get; init; }

    /// <summary>The number of keys in all Regions, of any state, with those that AWS services manage.</summary>
    public required long Keys { get; init; }

    /// <summary>The generation of the root key that the store used.</summary>
    public required int RootKeyGeneration { get; init; }

    /// <summary>Whether the store was sealed. What opens the backup then seals the restored store.</summary>
    public required bool IsSealed { get; init; }

    /// <summary>The SHA-256 hash, in hex, of the heads of all segments of the event log in the backup.</summary>
    public required string EventLogHead { get; init; }

    /// <summary>What opens the backup: each of these.</summary>
    public ImmutableArray<SealSlotKind> OpenedBy { get; init; } = [];
}
