namespace KmsTools.Persistence;

/// <summary>What happened to a key, or to its material in HSMs.</summary>
public enum KeyMaterialFactKind
{
    /// <summary>The key was created with material in the HSMs of a cluster.</summary>
    CREATED,

    /// <summary>The key was deleted; its material, if it was in HSMs, may still be there.</summary>
    DELETED,

    /// <summary>The HSMs of a cluster have destroyed the material: when its key was deleted, or as an orphan.</summary>
    DESTROYED,
}

/// <summary>
/// A fact about a key that is needed long after the key is deleted: to tell an orphan of this store from the key of another program, and
/// which backups may hold its material. Facts are kept for good, also when the events that tell of them are dropped.
/// </summary>
/// <param name="Kind">What happened.</param>
/// <param name="Region">The Region of the key.</param>
/// <param name="KeyId">The key ID.</param>
/// <param name="Time">When (UTC, by the store's clock).</param>
/// <param name="ClusterId">The cluster of the HSMs; empty for a key that was not in HSMs.</param>
/// <param name="BackingKeyId">CKA_ID of the material in hex; empty for a key that was not in HSMs.</param>
public sealed record KeyMaterialFact(
    KeyMaterialFactKind Kind, string Region, string KeyId, DateTimeOffset Time, string ClusterId, string BackingKeyId);

/// <summary>The HSMs of a cluster got the content of a backup: from then on they held what the backup held.</summary>
/// <param name="ClusterId">The cluster, which may have been made by the restore.</param>
/// <param name="Time">When (UTC, by the store's clock).</param>
/// <param name="BackupId">The backup.</param>
/// <param name="BackupClusterId">The cluster that the backup is of.</param>
/// <param name="BackupTime">When the backup was made (UTC).</param>
public sealed record HsmClusterRestoration(
    string ClusterId, DateTimeOffset Time, string BackupId, string BackupClusterId, DateTimeOffset BackupTime);
