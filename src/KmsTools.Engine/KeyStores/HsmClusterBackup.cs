using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>The kind of a backup of a cluster.</summary>
public enum HsmBackupKind
{
    /// <summary>A copy of its tokens in the folder of the store.</summary>
    COPY,

    /// <summary>A record of a backup that was created with the HSM vendor's tool, and that only this tool can restore.</summary>
    VENDOR,
}

/// <summary>Whether a backup holds the material of a key.</summary>
public enum HsmBackupContent
{
    /// <summary>The HSMs were asked for their keys when the backup was created, and the key is among them.</summary>
    CONTAINS,

    /// <summary>The backup was created while the HSMs may have held the key.</summary>
    MAY_CONTAIN,
}

/// <summary>A backup of a cluster, as the store keeps it.</summary>
public sealed record HsmClusterBackup
{
    /// <summary><c>backup-</c> and 11 characters of <c>[2-7a-z]</c>.</summary>
    public required string BackupId { get; init; }

    /// <summary>The cluster that was backed up.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The kind of backup.</summary>
    public required HsmBackupKind Kind { get; init; }

    /// <summary>When it was created (UTC, by the clock of the store).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The HSMs that were backed up, each with its library.</summary>
    public required ImmutableArray<HsmToken> Hsms { get; init; }

    /// <summary>The certificate of the cluster (PEM). A cluster that is restored from it has the same certificate.</summary>
    public required string TrustAnchorCertificate { get; init; }

    /// <summary>The name by which the vendor's tool knows it; null for a copy.</summary>
    public string? VendorReference { get; init; }

    /// <summary>The proof that a copy is unchanged; null for another kind of backup.</summary>
    public string? Digest { get; init; }

    /// <summary>Size on disk in bytes; null when the backup is kept elsewhere.</summary>
    public long? Size { get; init; }

    /// <summary>Number of AES keys in the HSM that holds the most; null when they were not counted.</summary>
    public int? KeyCount { get; init; }

    /// <summary>Whether the individual keys in it are known.</summary>
    public bool IsContentKnown { get; init; }

    /// <summary>Whether the cluster created keys only while two HSMs were active.</summary>
    public bool HighAvailability { get; init; }

    /// <summary>Whether each connect to the cluster changed the password of its crypto user.</summary>
    public bool ManagePassword { get; init; }

    /// <summary>The custom key store that used the cluster; null when none did.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The password that the crypto user had, wrapped like that of the custom key store; null when no store knew it.</summary>
    public ReadOnlyMemory<byte>? WrappedPassword { get; init; }
}

/// <summary>Key material in a backup whose content is known.</summary>
/// <param name="BackingKeyId">CKA_ID in hex, 64 digits.</param>
/// <param name="IsCertain">True when it is certainly in the backup; false when it was added or removed during the backup.</param>
public sealed record HsmBackupKey(string BackingKeyId, bool IsCertain);

/// <summary>A backup as it is displayed.</summary>
/// <param name="BackupId">The ID.</param>
/// <param name="ClusterId">The cluster that was backed up.</param>
/// <param name="Kind">The kind of backup.</param>
/// <param name="CreationDate">When it was created (UTC).</param>
/// <param name="Hsms">Token labels of the HSMs that were backed up.</param>
/// <param name="KeyCount">Number of AES keys in the HSM that holds the most; null when they were not counted.</param>
/// <param name="Size">Size on disk in bytes; null when the backup is kept elsewhere.</param>
/// <param name="Reference">The folder of a copy, or the name by which the vendor's tool knows the backup.</param>
/// <param name="TrustAnchorCertificate">The certificate of the cluster (PEM).</param>
/// <param name="KeyArn">The key that was asked for; null when none was.</param>
/// <param name="Content">Whether it holds the material of that key; null when none was asked for.</param>
public sealed record HsmBackupDescription(
    string BackupId,
    string ClusterId,
    HsmBackupKind Kind,
    DateTime CreationDate,
    ImmutableArray<string> Hsms,
    int? KeyCount,
    long? Size,
    string Reference,
    string TrustAnchorCertificate,
    string? KeyArn = null,
    HsmBackupContent? Content = null);

/// <summary>A cluster that was restored.</summary>
/// <param name="Cluster">The current cluster.</param>
/// <param name="Notice">
/// A notice about the password of its crypto user; null when it is the one that the custom key store has.
/// </param>
public sealed record HsmRestoration(HsmClusterDescription Cluster, string? Notice);
