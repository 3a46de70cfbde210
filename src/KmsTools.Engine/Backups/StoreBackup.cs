using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>A backup of a store: one encrypted file.</summary>
public sealed record StoreBackup
{
    /// <summary>The full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>When it was made (UTC, by the clock of the store).</summary>
    public required DateTime CreationDate { get; init; }

    /// <summary>The UUID of the store. A restored store has the same.</summary>
    public required string StoreId { get; init; }

    /// <summary>The account of the store, 12 digits.</summary>
    public required string AccountId { get; init; }

    /// <summary>The default Region of the store.</summary>
    public required string Region { get; init; }

    /// <summary>The number of keys in all Regions, of any state, with those that AWS services manage.</summary>
    public required long Keys { get; init; }

    /// <summary>The number of the newest change of the store in it, as Test-KmsStore shows it.</summary>
    public required long NewestChange { get; init; }

    /// <summary>The generation of the root key that the store used.</summary>
    public required int RootKeyGeneration { get; init; }

    /// <summary>The SHA-256 hash of the heads of all segments of the event log in it, 64 hexadecimal digits.</summary>
    public required string EventLogHead { get; init; }

    /// <summary>Whether the store was sealed. A restored store is then sealed too, by what opens the backup.</summary>
    public required bool IsStoreSealed { get; init; }

    /// <summary>What opens it: each of these.</summary>
    public required ImmutableArray<SealSlotKind> OpenedBy { get; init; }

    /// <summary>Whether all of it was decrypted just now, and found to be what was written. False where only its head was read.</summary>
    public required bool IsVerified { get; init; }

    internal static StoreBackup Of(string path, long size, StoreBackupHeader header, bool isVerified) => new()
    {
        Path = path,
        Size = size,
        CreationDate = header.CreationDate.UtcDateTime,
        StoreId = header.StoreId,
        AccountId = header.AccountId,
        Region = header.Region,
        Keys = header.Keys,
        NewestChange = header.NewestChange,
        RootKeyGeneration = header.RootKeyGeneration,
        EventLogHead = header.EventLogHead,
        IsStoreSealed = header.IsSealed,
        OpenedBy = header.OpenedBy,
        IsVerified = isVerified,
    };
}
