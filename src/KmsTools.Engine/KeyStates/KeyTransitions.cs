using System.Collections.Immutable;

namespace KmsTools.KeyStates;

/// <summary>The changes that a key can undergo. Pure functions: they create a new key and change nothing else.</summary>
internal static class KeyTransitions
{
    /// <summary>Allows use. A rotation that became due while the key was disabled becomes due now.</summary>
    public static Key Enable(this Key key, DateTimeOffset now) => key with
    {
        IsEnabled = true,
        Rotation = key is { IsEnabled: false, Rotation: { } rotation } && rotation.NextRotationDate < now
            ? rotation with { NextRotationDate = now }
            : key.Rotation,
    };

    /// <summary>Forbids use.</summary>
    public static Key Disable(this Key key) => key with { IsEnabled = false };

    /// <summary>
    /// Starts the waiting period before deletion. That of a multi-Region primary waits until its last replica is deleted.
    /// </summary>
    public static Key ScheduleDeletion(this Key key, int windowInDays, DateTimeOffset now) =>
        key is { MultiRegionKeyType: MultiRegionKeyType.PRIMARY, RelatedKeys.IsEmpty: false }
            ? key with { PendingDeletionWindowInDays = windowInDays }
            : key with { DeletionDate = now.AddDays(windowInDays) };

    /// <summary>Starts the waiting period of a multi-Region primary that waited for the deletion of its last replica.</summary>
    public static Key LoseLastReplica(this Key key, DateTimeOffset time) => key with
    {
        DeletionDate = time.AddDays(key.PendingDeletionWindowInDays!.Value),
        PendingDeletionWindowInDays = null,
    };

    /// <summary>
    /// Ends the waiting period. The key is disabled afterwards, whatever it was before. Where imported material is missing, that it is
    /// disabled does not show, and ends with the import.
    /// </summary>
    public static Key CancelDeletion(this Key key) =>
        key with { DeletionDate = null, IsDeletionHeld = false, PendingDeletionWindowInDays = null, IsEnabled = false };

    /// <summary>Starts automatic rotation, or changes its period, counted from now.</summary>
    public static Key EnableRotation(this Key key, int periodInDays, DateTimeOffset now) => key with
    {
        Rotation = new RotationSchedule(periodInDays, now.AddDays(periodInDays)),
    };

    /// <summary>Ends automatic rotation. All materials stay.</summary>
    public static Key DisableRotation(this Key key) => key with { Rotation = null };

    /// <summary>Makes a material current; the previously current material can still decrypt what it encrypted.</summary>
    /// <param name="key">The key.</param>
    /// <param name="material">New material, or the one that is pending rotation.</param>
    /// <param name="type">The type of the rotation.</param>
    /// <param name="time">When. An automatic rotation advances the schedule from this time; an on-demand one leaves it unchanged.</param>
    public static Key Rotate(this Key key, KeyMaterial material, RotationType type, DateTimeOffset time)
    {
        KeyMaterial current = material with { State = KeyMaterialState.CURRENT, RotationDate = time, RotationType = type };
        ImmutableArray<KeyMaterial> others =
        [
            .. key.Materials
                .Where(other => other.KeyMaterialId != material.KeyMaterialId)
                .Select(
                    static other => other.State == KeyMaterialState.CURRENT ? other with { State = KeyMaterialState.NON_CURRENT } : other),
        ];
        return key with
        {
            Materials = others.Add(current),
            Rotation = type == RotationType.AUTOMATIC && key.Rotation is { } rotation
                ? rotation with { NextRotationDate = time.AddDays(rotation.PeriodInDays) }
                : key.Rotation,
        };
    }

    /// <summary>Makes materials current, one after the other, at the times of an automatic schedule that they advance.</summary>
    /// <param name="key">The key.</param>
    /// <param name="materials">New materials, in the order of their creation dates, which are the times of the rotations.</param>
    public static Key RotateOnSchedule(this Key key, IReadOnlyList<KeyMaterial> materials) => key with
    {
        Materials =
        [
            .. key.Materials.Select(static other => other.State == KeyMaterialState.CURRENT
                ? other with { State = KeyMaterialState.NON_CURRENT } : other),
            .. materials.Select((material, index) => material with
            {
                State = index == materials.Count - 1 ? KeyMaterialState.CURRENT : KeyMaterialState.NON_CURRENT,
                RotationDate = material.CreationDate,
                RotationType = RotationType.AUTOMATIC,
            }),
        ],
        Rotation = key.Rotation is { } rotation
            ? rotation with { NextRotationDate = materials[^1].CreationDate.AddDays(rotation.PeriodInDays) } : null,
    };

    /// <summary>
    /// Gives an imported material that has expired its bytes back, or returns null where it has them already or other material has taken
    /// its place.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="material">The material as it was before it expired.</param>
    public static Key? Restore(this Key key, KeyMaterial material)
    {
        if (key.FindMaterial(material.KeyMaterialId) is { } present)
        {
            return present.ImportState == ImportState.IMPORTED ? null : key with
            {
                Materials = key.Materials.Replace(
                    present,
                    present with
                    {
                        Wrapped = material.Wrapped,
                        ImportState = ImportState.IMPORTED,
                        ValidTo = material.ValidTo,
                        ExpirationModel = material.ExpirationModel,
                    }),
            };
        }

        return material.IsPermanent || key.PendingMaterial is not null ? null : key with { Materials = key.Materials.Add(material) };
    }

    /// <summary>
    /// Adds imported material: as new material, or in place of the record of the same bytes. Of materials that are not permanent
    /// only the last one stays.
    /// </summary>
    /// <remarks>A key that was pending import becomes Enabled once all its permanent materials are present.</remarks>
    public static Key Import(this Key key, KeyMaterial material)
    {
        if (!material.IsPermanent && key.PendingMaterial is { } pending && pending.KeyMaterialId != material.KeyMaterialId)
        {
            key = key with { Materials = key.Materials.Remove(pending) };
        }

        int index = -1;
        for (int i = 0; i < key.Materials.Length; i++)
        {
            if (key.Materials[i].KeyMaterialId == material.KeyMaterialId)
            {
                index = i;
            }
        }

        Key imported = key with { Materials = index < 0 ? key.Materials.Add(material) : key.Materials.SetItem(index, material) };
        return key.LacksMaterial && !imported.LacksMaterial ? imported with { IsEnabled = true } : imported;
    }

    /// <summary>
    /// Removes the bytes of an imported material. A permanent one stays associated with the key; a pending one is removed.
    /// </summary>
    public static Key DropMaterial(this Key key, string keyMaterialId)
    {
        KeyMaterial material = key.FindMaterial(keyMaterialId)!;
        return key with
        {
            Materials = material.IsPermanent ? key.Materials.Replace(material, WithoutBytes(material)) : key.Materials.Remove(material),
        };
    }

    /// <summary>
    /// A replica of a multi-Region primary: what related keys share, and nothing else. Imported material is never copied: the replica
    /// waits for the same bytes.
    /// </summary>
    /// <param name="primary">The primary.</param>
    /// <param name="region">The Region of the replica.</param>
    /// <param name="policy">Its key policy.</param>
    /// <param name="now">When it is created.</param>
    /// <param name="copy">Creates the material of the replica from material that KMS generated.</param>
    public static Key Replicate(
        this Key primary,
        string region,
        string policy,
        DateTimeOffset now,
        Func<KeyMaterial, KeyMaterial> copy) => primary with
    {
        Region = region,
        CreationDate = now,
        Policy = policy,
        Description = "",
        Tags = [],
        IsEnabled = true,
        MultiRegionKeyType = MultiRegionKeyType.REPLICA,
        RelatedKeys = [.. primary.RelatedKeys.Append(new RelatedKey(primary.Region, MultiRegionKeyType.PRIMARY))
            .OrderBy(static key => key.Region, StringComparer.Ordinal)],
        Materials =
        [
            .. primary.Materials
                .Where(static material => material.IsPermanent)
                .Select(
                    material => primary.Origin == OriginType.EXTERNAL
                        ? WithoutBytes(material) with { Description = null } : copy(material)),
        ],
    };

    /// <summary>Makes a replica the primary.</summary>
    public static Key Promote(this Key replica) => replica with { MultiRegionKeyType = MultiRegionKeyType.PRIMARY };

    /// <summary>Makes the primary a replica.</summary>
    public static Key Demote(this Key primary) =>
        (primary with { MultiRegionKeyType = MultiRegionKeyType.REPLICA }).MarkPending(KeyMaterialState.PENDING_ROTATION);

    /// <summary>Sets, for a primary, whether its pending material waits for imports into replicas or only for the rotation.</summary>
    public static Key SettlePending(this Key primary, IEnumerable<Key> replicas) => primary.PendingMaterial is { } pending
        ? primary.MarkPending(
            replicas.All(replica => replica.FindMaterial(pending.KeyMaterialId) is { ImportState: ImportState.IMPORTED })
                ? KeyMaterialState.PENDING_ROTATION
                : KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION)
        : primary;

    private static Key MarkPending(this Key key, KeyMaterialState state) => key.PendingMaterial is { } pending && pending.State != state
        ? key with { Materials = key.Materials.Replace(pending, pending with { State = state }) }
        : key;

    private static KeyMaterial WithoutBytes(KeyMaterial material) => material with
    {
        ImportState = ImportState.PENDING_IMPORT,
        Wrapped = [],
        ValidTo = null,
        ExpirationModel = null,
    };
}
