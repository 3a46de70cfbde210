using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The ways in which what HSMs hold and what the store knows can disagree.</summary>
public enum OrphanKind
{
    /// <summary>HSMs hold material whose key is deleted, or was never created.</summary>
    MATERIAL_WITHOUT_KEY,

    /// <summary>No HSM of the cluster holds the material of a key: what it encrypted cannot be decrypted.</summary>
    KEY_WITHOUT_MATERIAL,

    /// <summary>Some HSMs lack the material of a key: it is lost once the others are lost.</summary>
    KEY_NOT_ON_ALL_HSMS,

    /// <summary>HSMs hold an object that is not a complete AES-256 key and that no key uses: a process died while it was created.</summary>
    UNUSABLE_OBJECT,
}

/// <summary>
/// Orphaned key material: one disagreement that a comparison finds between what HSMs hold and what the store knows, with the size of the
/// damage. It is computed each time; the record that the store keeps of material without a key is <see cref="StrayKeyMaterial"/>.
/// </summary>
public sealed record OrphanedKeyMaterial
{
    /// <summary>The cluster.</summary>
    public required string ClusterId { get; init; }

    /// <summary>How they disagree.</summary>
    public required OrphanKind Kind { get; init; }

    /// <summary>CKA_ID of the material in hex, 64 digits; empty for an object without one.</summary>
    public required string BackingKeyId { get; init; }

    /// <summary>The ARN of the key, which is CKA_LABEL of the material.</summary>
    public required string KeyArn { get; init; }

    /// <summary>The custom key store of the key; null when it is no longer known.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The aliases of the key; for a deleted key those that it had when it was deleted.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>The state of the key; null when the key does not exist.</summary>
    public KeyState? KeyState { get; init; }

    /// <summary>
    /// Whether what the key encrypted can currently be decrypted: the key exists, and an HSM that answers holds its material.
    /// </summary>
    public required bool CanDecrypt { get; init; }

    /// <summary>The maximum number of messages that the key can have encrypted (they are counted in blocks); null when unknown.</summary>
    public long? Messages { get; init; }

    /// <summary>When the key was last used (UTC); null when it never was.</summary>
    public DateTime? LastUsedDate { get; init; }

    /// <summary>When the key was created (UTC); null when it never was.</summary>
    public DateTime? KeyCreationDate { get; init; }

    /// <summary>When the key was deleted (UTC); null when it was not.</summary>
    public DateTime? KeyDeletionDate { get; init; }

    /// <summary>The HSMs (token labels) that hold it.</summary>
    public ImmutableArray<string> Hsms { get; init; } = [];

    /// <summary>The HSMs that answered and do not hold it, where they should.</summary>
    public ImmutableArray<string> MissingFrom { get; init; } = [];

    /// <summary>The HSMs that did not answer.</summary>
    public ImmutableArray<string> NotAnswered { get; init; } = [];

    /// <summary>
    /// The HSMs that refused to destroy it and do not show it any more: they may still hold it, which is known once they are started again.
    /// </summary>
    public ImmutableArray<string> HiddenIn { get; init; } = [];

    /// <summary>Why the material has no key, where the store has a record of it.</summary>
    public StrayReason? Reason { get; init; }

    /// <summary>Whether Remove-KmsOrphanedKeyMaterial may remove it. Never true while a key uses it.</summary>
    public required bool IsRemovable { get; init; }
}

/// <summary>The result of a comparison of HSMs and store.</summary>
/// <param name="ClusterId">The cluster.</param>
/// <param name="Orphans">The disagreements.</param>
/// <param name="ForeignObjects">Number of AES keys in the HSMs that were not created by this store. They are of no concern here.</param>
/// <param name="NotAnswered">The HSMs that did not answer, with what they reported.</param>
public sealed record HsmReconciliation(
    string ClusterId,
    ImmutableArray<OrphanedKeyMaterial> Orphans,
    int ForeignObjects,
    ImmutableArray<(string TokenLabel, string Failure)> NotAnswered)
{
    /// <summary>
    /// The HSMs that may hold more than they show, because they refused to destroy it, and how many of <see cref="Orphans"/> each.
    /// </summary>
    public ImmutableArray<(string TokenLabel, int Count)> Hidden =>
        [.. Orphans.SelectMany(static orphan => orphan.HiddenIn).CountBy(static hsm => hsm).Select(static one => (one.Key, one.Value))];
}
