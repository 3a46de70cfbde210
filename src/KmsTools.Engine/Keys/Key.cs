using System.Collections.Immutable;
using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools;

/// <summary>A label of a KMS key.</summary>
public sealed class Tag
{
    /// <summary>1-128 characters; does not begin with <c>aws:</c>.</summary>
    [Member(Required = true, Min = 1, Max = 128)]
    public string? TagKey { get; set; }

    /// <summary>0-256 characters.</summary>
    [Member(Required = true, Min = 0, Max = 256)]
    public string? TagValue { get; set; }
}

/// <summary>The automatic rotation of a key, while it is enabled.</summary>
/// <param name="PeriodInDays">90-2560 days between rotations.</param>
/// <param name="NextRotationDate">When the next rotation becomes due (UTC).</param>
public sealed record RotationSchedule(int PeriodInDays, DateTimeOffset NextRotationDate);

/// <summary>
/// A KMS key as immutable data. A change creates a new value (see KeyTransitions); an instance read
/// from the store never changes, so it may be cached and shared between threads.
/// </summary>
public sealed record Key
{
    /// <summary>The account that owns the key, 12 digits.</summary>
    public required string AccountId { get; init; }

    /// <summary>The Region of the key, such as us-east-1.</summary>
    public required string Region { get; init; }

    /// <summary>A lower-case UUID, or <c>mrk-</c> and 32 hex digits for a multi-Region key.</summary>
    public required string KeyId { get; init; }

    /// <summary>When the key was created (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The owner's description of the key, 0-8192 characters.</summary>
    public string Description { get; init; } = "";

    /// <summary>The type of key.</summary>
    public KeySpec KeySpec { get; init; } = KeySpec.SYMMETRIC_DEFAULT;

    /// <summary>What the key is for.</summary>
    public KeyUsageType KeyUsage { get; init; } = KeyUsageType.ENCRYPT_DECRYPT;

    /// <summary>Where its material comes from.</summary>
    public OriginType Origin { get; init; } = OriginType.AWS_KMS;

    /// <summary>Who manages it.</summary>
    public KeyManagerType KeyManager { get; init; } = KeyManagerType.CUSTOMER;

    /// <summary>The role among its related multi-Region keys; null for a single-Region key.</summary>
    public MultiRegionKeyType? MultiRegionKeyType { get; init; }

    /// <summary>Whether it is a multi-Region key.</summary>
    public bool MultiRegion => MultiRegionKeyType is not null;

    /// <summary>
    /// The related multi-Region keys in other Regions as they were when this key was read, in the order of their Regions. Derived:
    /// the store fills it and never saves it.
    /// </summary>
    public ImmutableArray<RelatedKey> RelatedKeys { get; init; } = [];

    /// <summary>The owner's intent: use (true) or no use (false). The state that users see is <see cref="State"/>.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>When the key is deleted (UTC), while its deletion is scheduled.</summary>
    public DateTimeOffset? DeletionDate { get; init; }

    /// <summary>
    /// Whether the deletion is due and waits until the time that passed is explained. The waiting period is over: it cannot be cancelled.
    /// </summary>
    public bool IsDeletionHeld { get; init; }

    /// <summary>
    /// The waiting period that begins when the last replica is deleted, while the deletion of a multi-Region primary waits for that.
    /// </summary>
    public int? PendingDeletionWindowInDays { get; init; }

    /// <summary>Whether deletion is scheduled, whether or not its date is set.</summary>
    public bool IsPendingDeletion => DeletionDate is not null || PendingDeletionWindowInDays is not null;

    /// <summary>The automatic rotation, while it is enabled.</summary>
    public RotationSchedule? Rotation { get; init; }

    /// <summary>Whether the next rotation waits until the time that passed is explained, whenever it is due.</summary>
    public bool IsRotationHeld { get; init; }

    /// <summary>All materials in the order in which they were added to the key. Empty before the first import.</summary>
    public ImmutableArray<KeyMaterial> Materials { get; init; } = [];

    /// <summary>The custom key store that holds the material, or the other half of it; null for keys outside custom key stores.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The ID of the external key that encrypts a second time; null for keys outside external key stores. Never changes.</summary>
    public string? XksKeyId { get; init; }

    /// <summary>Whether its material is in HSMs: it is in a custom key store that is not external.</summary>
    internal bool IsInHsms => CustomKeyStoreId is not null && XksKeyId is null;

    /// <summary>
    /// The custom key store as it was when this key was read, in the same read transaction. Derived: the store fills it and never
    /// saves it.
    /// </summary>
    public CustomKeyStore? CustomKeyStore { get; init; }

    /// <summary>The key policy document (JSON).</summary>
    public required string Policy { get; init; }

    /// <summary>The tags in the order in which they were added.</summary>
    public ImmutableArray<KeyTag> Tags { get; init; } = [];

    /// <summary>
    /// The number of messages that processes have reserved under key material in an HSM. Bounds the use of random 96-bit IVs to
    /// 2^32 messages (NIST SP 800-38D, section 8.3).
    /// </summary>
    public long ReservedMessages { get; init; }

    /// <summary>The Amazon Resource Name of the key.</summary>
    public string Arn => KeyIdentifier.KeyArn(Region, AccountId, KeyId);

    /// <summary>The material that encrypts, or null before the first import.</summary>
    public KeyMaterial? CurrentMaterial => Find(KeyMaterialState.CURRENT);

    /// <summary>The material that was imported and is not current yet, or null.</summary>
    public KeyMaterial? PendingMaterial => Materials.FirstOrDefault(static material => !material.IsPermanent);

    /// <summary>True when a material that is permanently associated with the key is not present (or was never imported).</summary>
    public bool LacksMaterial => CurrentMaterial is null
        || Materials.Any(static material => material.IsPermanent && material.ImportState == ImportState.PENDING_IMPORT);

    /// <summary>The state that users see. A pure function of this value.</summary>
    public KeyState State =>
        DeletionDate is not null ? KeyState.PendingDeletion
        : PendingDeletionWindowInDays is not null ? KeyState.PendingReplicaDeletion
        : CustomKeyStore is { ConnectionState: not ConnectionStateType.CONNECTED } ? KeyState.Unavailable
        : Origin == OriginType.EXTERNAL && LacksMaterial ? KeyState.PendingImport
        : IsEnabled ? KeyState.Enabled
        : KeyState.Disabled;

    /// <summary>The material with this ID, or null.</summary>
    /// <param name="keyMaterialId">64 hex digits.</param>
    public KeyMaterial? FindMaterial(string keyMaterialId)
    {
        foreach (KeyMaterial material in Materials)
        {
            if (material.KeyMaterialId == keyMaterialId)
            {
                return material;
            }
        }

        return null;
    }

    /// <summary>
    /// When something becomes due for this key (UTC), or null: a deletion, an expiry, a rotation, unless it is held. The store indexes it.
    /// </summary>
    public DateTimeOffset? NextDue => KeySchedule.Next(this)?.Time;

    private KeyMaterial? Find(KeyMaterialState state)
    {
        // From the end: a key that was rotated often has its current material last.
        for (int i = Materials.Length - 1; i >= 0; i--)
        {
            if (Materials[i].State == state)
            {
                return Materials[i];
            }
        }

        return null;
    }
}
