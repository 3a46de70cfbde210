using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>What a backup of a cluster is.</summary>
public enum HsmBackupKind
{
    /// <summary>A copy of its tokens in the folder of the store.</summary>
    COPY,

    /// <summary>A record of a backup that was made with the tool of the HSM's vendor, and that only this tool can restore.</summary>
    VENDOR,
}

/// <summary>Whether a backup holds the material of a key.</summary>
public enum HsmBackupContent
{
    /// <summary>The HSMs were asked for their keys when it was made, and it is among them.</summary>
    CONTAINS,

    /// <summary>It was made while the HSMs may have held it.</summary>
    MAY_CONTAIN,
}

/// <summary>A backup of a cluster, as the store keeps it.</summary>
public sealed record HsmClusterBackup
{
    /// <summary><c>backup-</c> and 11 characters of <c>[2-7a-z]</c>.</summary>
    public required string BackupId { get; init; }

    /// <summary>The cluster that it was made of.</summary>
    public required string ClusterId { get; init; }

    /// <summary>What it is.</summary>
    public required HsmBackupKind Kind { get; init; }

    /// <summary>When it was made (UTC, by the clock of the store).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The HSMs that it was made of, each with its library.</summary>
    public required ImmutableArray<HsmToken> Hsms { get; init; }

    /// <summary>The certificate of the cluster (PEM). A cluster that is restored from it has the same.</summary>
    public required string TrustAnchorCertificate { get; init; }

    /// <summary>What the vendor's tool calls it; null for a copy.</summary>
    public string? VendorReference { get; init; }

    /// <summary>What proves that a copy is as it was made; null for another backup.</summary>
    public string? Digest { get; init; }

    /// <summary>Bytes on the disk; null when they are elsewhere.</summary>
    public long? Size { get; init; }

    /// <summary>AES keys of the HSM that holds most of them; null when they were not counted.</summary>
    public int? KeyCount { get; init; }

    /// <summary>Whether the keys in it are known one by one.</summary>
    public bool IsContentKnown { get; init; }

    /// <summary>Whether the cluster made keys only while two HSMs were active.</summary>
    public bool HighAvailability { get; init; }

    /// <summary>Whether each connect to the cluster changed the password of its crypto user.</summary>
    public bool ManagePassword { get; init; }

    /// <summary>The custom key store that used the cluster; null when none did.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The password that the crypto user had, wrapped as that of the custom key store; null when no store knew it.</summary>
    public ReadOnlyMemory<byte>? WrappedPassword { get; init; }
}

/// <summary>Key material in a backup whose content is known.</summary>
/// <param name="BackingKeyId">CKA_ID in hex, 64 digits.</param>
/// <param name="IsCertain">Whether it is there for sure, or came or went while the backup was made.</param>
public sealed record HsmBackupKey(string BackingKeyId, bool IsCertain);

/// <summary>A backup as people see it.</summary>
/// <param name="BackupId">The ID.</param>
/// <param name="ClusterId">The cluster that it was made of.</param>
/// <param name="Kind">What it is.</param>
/// <param name="CreationDate">When it was made (UTC).</param>
/// <param name="Hsms">Token labels of the HSMs that it was made of.</param>
/// <param name="KeyCount">AES keys of the HSM that holds most of them; null when they were not counted.</param>
/// <param name="Size">Bytes on the disk; null when they are elsewhere.</param>
/// <param name="Reference">The folder of a copy, or what the vendor's tool calls the backup.</param>
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
/// <param name="Cluster">The cluster as it is now.</param>
/// <param name="Notice">
/// What is to be known of the password of its crypto user; null when it is the one that the custom key store has.
/// </param>
public sealed record HsmRestoration(HsmClusterDescription Cluster, string? Notice);
