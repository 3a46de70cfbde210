using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Operations;

/// <summary>
/// Keeps related multi-Region keys in sync. The store holds all Regions, so what they share changes in one transaction. For a
/// single-Region key there is nothing to keep in sync, and only the key itself changes.
/// </summary>
internal static class MultiRegionKeys
{
    /// <summary>The ID of a new multi-Region key.</summary>
    public static string NewKeyId() => "mrk-" + Guid.NewGuid().ToString("N");

    /// <summary>The keys in other Regions that are related to a key.</summary>
    public static IEnumerable<Key> Related(IStateReader state, Key key) =>
        key.RelatedKeys.Select(related => state.FindKey(related.Region, key.KeyId)!);

    /// <summary>Changes a shared property of related keys, on the key of the call and on the others with it.</summary>
    public static void Change(OperationContext context, Func<Key, Key> change)
    {
        foreach (Key related in Related(context.Transaction, context.Key))
        {
            Synchronize(context.Transaction, change(related), context.Now);
        }

        context.Update(change(context.Key));
    }

    /// <summary>Rotates a key, and at the same time its related keys to the same material.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="software">Generates the material, unless one was imported and is pending.</param>
    /// <param name="key">A single-Region key or a primary.</param>
    /// <param name="type">The type of the rotation.</param>
    /// <param name="time">The time of the rotation.</param>
    public static void Rotate(IStateTransaction transaction, SoftwareKeyStore software, Key key, RotationType type, DateTimeOffset time)
    {
        bool imported = key.Origin == OriginType.EXTERNAL;
        KeyMaterial material = imported ? key.PendingMaterial! : software.Generate(key.Region, key.KeyId, time);
        Apply(key, material);
        foreach (Key related in Related(transaction, key))
        {
            Apply(related, imported ? related.PendingMaterial! : software.Copy(material, key, related.Region));
        }

        void Apply(Key rotating, KeyMaterial current)
        {
            transaction.UpdateKey(rotating.Rotate(current, type, time));
            transaction.Append(RotationEvent(rotating, type, time, rotating.CurrentMaterial?.KeyMaterialId, current.KeyMaterialId));
        }
    }

    /// <summary>
    /// Rotates a key whose material KMS generates, and its related keys, several times in one change: each alone would read and compare all
    /// materials of the key.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="software">Generates the materials.</param>
    /// <param name="key">A single-Region key or a primary.</param>
    /// <param name="times">The times of the rotations, earliest first; at least one.</param>
    /// <returns>The key with its new materials.</returns>
    public static Key RotateOnSchedule(
        IStateTransaction transaction, SoftwareKeyStore software, Key key, IReadOnlyList<DateTimeOffset> times)
    {
        KeyMaterial[] materials = [.. times.Select(time => software.Generate(key.Region, key.KeyId, time))];
        foreach (Key related in Related(transaction, key))
        {
            _ = Apply(related, [.. materials.Select(material => software.Copy(material, key, related.Region))]);
        }

        return Apply(key, materials);

        Key Apply(Key rotating, KeyMaterial[] added)
        {
            Key rotated = rotating.RotateOnSchedule(added);
            transaction.UpdateKey(rotated);
            string? previous = rotating.CurrentMaterial?.KeyMaterialId;
            foreach (KeyMaterial material in added)
            {
                transaction.Append(
                    RotationEvent(rotating, RotationType.AUTOMATIC, material.CreationDate, previous, material.KeyMaterialId));
                previous = material.KeyMaterialId;
            }

            return rotated;
        }
    }

    /// <summary>
    /// The role of bytes that are new to a replica: pending as in the primary, into which new material must be imported first.
    /// </summary>
    public static KeyMaterialState? StateFromPrimary(IStateReader state, Key key, string keyMaterialId) =>
        key.MultiRegionKeyType == MultiRegionKeyType.REPLICA && Primary(state, key).PendingMaterial?.KeyMaterialId == keyMaterialId
            ? KeyMaterialState.PENDING_ROTATION
            : null;

    /// <summary>
    /// Removes the bytes of an imported material. Related keys keep theirs, but material that the primary loses before it is rotated to
    /// is removed from all of them.
    /// </summary>
    public static void DropMaterial(IStateTransaction transaction, Key key, string keyMaterialId, DateTimeOffset time)
    {
        foreach (Key related in OthersThatLose(transaction, key, keyMaterialId))
        {
            Synchronize(transaction, related.DropMaterial(keyMaterialId), time);
        }

        transaction.UpdateKey(key.DropMaterial(keyMaterialId));
        SettlePending(transaction, key);
    }

    /// <summary>The related keys that lose a material with a key that loses it.</summary>
    public static ImmutableArray<Key> OthersThatLose(IStateReader state, Key key, string keyMaterialId) =>
        key.MultiRegionKeyType == MultiRegionKeyType.PRIMARY && key.PendingMaterial?.KeyMaterialId == keyMaterialId
            ? [.. Related(state, key).Where(related => related.FindMaterial(keyMaterialId) is not null)]
            : [];

    /// <summary>Determines again whether all replicas have the pending material of their primary, after a change that affects it.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The primary, one of the replicas, or a single-Region key.</param>
    public static void SettlePending(IStateTransaction transaction, Key key)
    {
        if (!key.MultiRegion)
        {
            return;
        }

        Key primary = Primary(transaction, key);
        Key settled = primary.SettlePending(Related(transaction, primary));
        if (!ReferenceEquals(settled, primary))
        {
            transaction.UpdateKey(settled);
        }
    }

    /// <summary>After the deletion of a key: the waiting period of its primary begins if that waited for this last replica.</summary>
    public static void Deleted(IStateTransaction transaction, Key key, DateTimeOffset time)
    {
        if (key.MultiRegionKeyType != MultiRegionKeyType.REPLICA)
        {
            return;
        }

        SettlePending(transaction, key);
        Key primary = Primary(transaction, key);
        if (primary is { RelatedKeys.IsEmpty: true, PendingDeletionWindowInDays: not null })
        {
            transaction.UpdateKey(primary.LoseLastReplica(time));
        }
    }

    private static AuditRecord RotationEvent(Key key, RotationType type, DateTimeOffset time, string? previous, string current) =>
        AuditWriter.Service("RotateKey", key, time, new Dictionary<string, string?>
        {
            ["keyId"] = key.KeyId,
            ["rotationType"] = type.ToString(),
            ["keyOrigin"] = key.Origin.ToString(),
            ["previousKeyMaterialId"] = previous,
            ["currentKeyMaterialId"] = current,
        });

    private static Key Primary(IStateReader state, Key key)
    {
        string region = key.MultiRegionKeyType == MultiRegionKeyType.PRIMARY
            ? key.Region
            : key.RelatedKeys.Single(static related => related.Type == MultiRegionKeyType.PRIMARY).Region;
        return state.FindKey(region, key.KeyId)!;
    }

    private static void Synchronize(IStateTransaction transaction, Key changed, DateTimeOffset time)
    {
        transaction.UpdateKey(changed);
        transaction.Append(
            AuditWriter.Service("SynchronizeMultiRegionKey", changed, time, new Dictionary<string, string?> { ["keyId"] = changed.KeyId }));
    }
}
