using System.Collections.Immutable;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <content>What is known of keys, for indexes and for questions to the user.</content>
public sealed partial class KmsEngine
{
    /// <summary>
    /// A view of the state as it is in the store, past all caches: what it shows is of one moment, and goes with what its
    /// <see cref="IStateReader.ReadChanges"/> says. It may show changes that are not answered yet, so whatever is made of it waits for
    /// <see cref="WaitForSync"/>. Records nothing.
    /// </summary>
    public IStateReader OpenUncachedReader() => Store.OpenReader();

    /// <summary>Waits until all changes that are visible now are durable.</summary>
    /// <exception cref="StateStoreException">They cannot be synced.</exception>
    public void WaitForSync() => Store.WhenSyncedAsync().GetAwaiter().GetResult();

    /// <summary>Signs that a key is still needed, for a question to the user before its deletion. Records nothing.</summary>
    /// <param name="key">The key, which a call has already authorized.</param>
    public DeletionStakes FindDeletionStakes(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        const int maxAliases = 100;
        using IStateReader state = OpenReader();
        return new DeletionStakes
        {
            LastUse = FindLastUsage(key),
            AliasNames = [.. state.ListAliases(key.Region, key.KeyId, null, maxAliases).Select(static alias => alias.AliasName)],
            GrantCount = state.CountGrants(key.Region, key.KeyId),
            NextRotation = key.Rotation?.NextRotationDate,
            Expiries = [.. key.Materials.Select(static material => material.ValidTo).OfType<DateTimeOffset>()],
            ReplicaRegions = key.MultiRegionKeyType == MultiRegionKeyType.PRIMARY
                ? [.. key.RelatedKeys.Select(static related => related.Region)]
                : ImmutableArray<string>.Empty,
        };
    }

    /// <summary>What is lost with imported key material, for a question to the user before it is deleted. Records nothing.</summary>
    /// <param name="key">The key, which a call has already authorized.</param>
    /// <param name="keyMaterialId">The material; null for the current one.</param>
    public string FindMaterialLoss(Key key, string? keyMaterialId)
    {
        ArgumentNullException.ThrowIfNull(key);
        KeyMaterial? material = keyMaterialId is null ? key.CurrentMaterial : key.FindMaterial(keyMaterialId);
        using IStateReader state = OpenReader();
        return KeyLoss.OfMaterial(key, material, material is null ? [] :
            [.. MultiRegionKeys.OthersThatLose(state, key, material.KeyMaterialId).Select(static loser => loser.Region)]);
    }
}
