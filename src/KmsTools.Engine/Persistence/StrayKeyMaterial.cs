using System.Collections.Immutable;

namespace KmsTools.Persistence;

/// <summary>Why key material in an HSM has no key.</summary>
public enum StrayReason
{
    /// <summary>It is being generated for a key that is not committed yet. Left over if the process died in between.</summary>
    CREATING,

    /// <summary>Its key is deleted; the attempt to destroy it is in progress.</summary>
    DELETING,

    /// <summary>It could not be destroyed when its key was deleted. It stays in the HSM until someone removes it.</summary>
    ORPHANED,
}

/// <summary>
/// Stray key material: the record that the store keeps of material in HSMs that no key owns yet, or any longer. It is written before an
/// HSM is called, so it may also describe material that was never generated. What a comparison finds in the HSMs themselves, with a record
/// or without one, is <see cref="KeyStores.OrphanedKeyMaterial"/>.
/// </summary>
public sealed record StrayKeyMaterial
{
    /// <summary>The cluster that holds it.</summary>
    public required string ClusterId { get; init; }

    /// <summary>CKA_ID in hex, 64 digits.</summary>
    public required string BackingKeyId { get; init; }

    /// <summary>The custom key store of its key.</summary>
    public required string CustomKeyStoreId { get; init; }

    /// <summary>The Region of its key.</summary>
    public required string Region { get; init; }

    /// <summary>CKA_LABEL: the ARN of its key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>Why it has no key.</summary>
    public required StrayReason Reason { get; init; }

    /// <summary>Since when (UTC, by the store's clock); for DELETING and ORPHANED the time the key was deleted.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>
    /// Until when (UTC, by the real clock) the process that works on it has exclusive use of it; null when no process has. A record that is
    /// CREATING or DELETING beyond this time was left by a process that died.
    /// </summary>
    public DateTimeOffset? ClaimedUntil { get; init; }

    /// <summary>When its key was created (UTC); null when no key was created from it, or the record predates this information.</summary>
    public DateTimeOffset? KeyCreationDate { get; init; }

    /// <summary>
    /// The maximum number of messages that its key can have encrypted; null when no key was created from it, or the record predates this
    /// information.
    /// </summary>
    public long? Messages { get; init; }

    /// <summary>The aliases that its key had when it was deleted.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];
}
