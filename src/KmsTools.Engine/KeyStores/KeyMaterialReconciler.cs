using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools.KeyStores;

/// <summary>
/// Compares what the HSMs of a cluster hold with what the store knows, in both directions, and removes material that no key uses. Only
/// what this store has created is ever called an orphan: its label is an ARN of a key that the store has created, or a record of it exists.
/// </summary>
public sealed partial class KeyMaterialReconciler
{
    private const int BackingKeyIdLength = 64;

    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly StoreClock _clock;
    private readonly Maintenance _maintenance;
    private readonly Administration _administration;

    internal KeyMaterialReconciler(
        IStateStore store, HsmConnections hsms, StoreClock clock, Maintenance maintenance, Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _clock = clock;
        _maintenance = maintenance;
        _administration = administration;
    }

    /// <summary>Whether a custom key store of a cluster is connected, so that its HSMs can be compared without a password.</summary>
    public bool IsConnected(string clusterId)
    {
        using IStateReader reader = _store.OpenReader();
        return Connected(reader, clusterId) is not null;
    }

    /// <summary>
    /// Whether no HSM held the material of a key when this process last compared the HSMs with the store: at a connect of the custom key
    /// store, or with <see cref="Find"/>. No HSM is asked.
    /// </summary>
    public bool WasLost(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key is { CustomKeyStoreId: not null, CurrentMaterial: { } material } && _hsms.Lost.Has(material.KeyMaterialId);
    }

    /// <summary>
    /// Compares HSMs and store. Records of material that turns out to be in no HSM are closed, and material without a key that is found
    /// gets a record if it has none; nothing else is changed.
    /// </summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="password">PIN of the crypto user, for a cluster without a connected key store; otherwise null.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException, or CustomKeyStoreInvalidStateException: no process is logged in.
    /// </exception>
    /// <exception cref="HsmException">The HSMs cannot be asked.</exception>
    public HsmReconciliation Find(string clusterId, Secret? password = null)
    {
        _maintenance.Run();
        (HashSet<string> known, _) = Snapshot(clusterId);
        ImmutableArray<HsmInventory> inventories = WithHsms(clusterId, password, static connection => connection.ListKeys());
        (HashSet<string> stillKnown, ImmutableArray<Key> keys) = Snapshot(clusterId);
        HsmHoldings hsms = new(inventories);
        ImmutableArray<OrphanedKeyMaterial>.Builder orphans = ImmutableArray.CreateBuilder<OrphanedKeyMaterial>();
        int foreign = 0;
        _hsms.Lost.Record(
            keys.Select(static key => key.CurrentMaterial!.KeyMaterialId).Where(known.Contains),
            id => !hsms.Usable(id).IsEmpty,
            hsms.NotAnswered.IsEmpty);
        using (IStateReader reader = _store.OpenReader())
        {
            // A key that was created or deleted while the HSMs were asked is left for the next time.
            foreach (Key key in keys.Where(key => known.Contains(key.CurrentMaterial!.KeyMaterialId)))
            {
                if (OfKey(clusterId, key, hsms, reader) is { } incomplete)
                {
                    orphans.Add(incomplete);
                }
            }

            foreach (IGrouping<string, HsmKeyObject> objects in inventories.SelectMany(static hsm => hsm.Keys)
                .GroupBy(static held => held.Id, StringComparer.Ordinal))
            {
                if (objects.Key.Length == 0)
                {
                    foreach (HsmKeyObject nameless in objects)
                    {
                        if (IsOurs(reader, nameless.Label))
                        {
                            orphans.Add(Orphan(
                                clusterId,
                                "",
                                nameless.Label,
                                null,
                                hsms,
                                reader) with { Kind = OrphanKind.UNUSABLE_OBJECT, Hsms = [nameless.TokenLabel] });
                        }
                        else
                        {
                            foreign++;
                        }
                    }
                }
                else if (!known.Contains(objects.Key) && !stillKnown.Contains(objects.Key)
                    && reader.FindKeyByBackingKey(objects.Key) is null)
                {
                    StrayKeyMaterial? stray = reader.FindStrayKeyMaterial(clusterId, objects.Key);
                    string label = stray?.KeyArn
                        ?? objects.Select(static held => held.Label).FirstOrDefault(static label => label.Length > 0) ?? "";
                    if (stray is null && !IsOurs(reader, label))
                    {
                        foreign++;
                    }
                    else
                    {
                        stray ??= Record(clusterId, objects.Key, label, reader);
                        orphans.Add(Orphan(clusterId, objects.Key, label, stray, hsms, reader));
                    }
                }
            }

            foreach (StrayKeyMaterial stray in reader.ListStrayKeyMaterial(clusterId)
                .Where(stray => !IsAtWork(stray) && !hsms.Has(stray.BackingKeyId)))
            {
                if (hsms.NotAnswered.IsEmpty && hsms.Hiding(stray.BackingKeyId).IsEmpty)
                {
                    Close(stray);
                }
                else
                {
                    orphans.Add(Orphan(clusterId, stray.BackingKeyId, stray.KeyArn, stray, hsms, reader));
                }
            }
        }

        return new HsmReconciliation(
            clusterId,
            [.. orphans.OrderBy(static orphan => orphan.Kind).ThenBy(static orphan => orphan.KeyArn, StringComparer.Ordinal)],
            foreign,
            [.. inventories.Where(static hsm => hsm.Failure is not null).Select(static hsm => (hsm.Name, hsm.Failure!))]);
    }

    private static CustomKeyStore? Connected(IStateReader reader, string clusterId) =>
        CustomKeyStore.FirstConnected(reader.ListCustomKeyStoresOfCluster(clusterId));

    // A deletion that no process has started yet is about to be started by the process that deleted the key.
    private bool IsAtWork(StrayKeyMaterial stray) =>
        stray.ClaimedUntil > StoreClock.TimeOfClaims(_store) || stray is { Reason: StrayReason.DELETING, ClaimedUntil: null };

    // A label may contain anything that another program has written into it.
    private static KeyArn? Parse(string label) => KeyArn.TryParse(label, out KeyArn? arn) ? arn : null;

    private T WithHsms<T>(string clusterId, Secret? password, Func<IHsmConnection, T> use)
    {
        HsmCluster cluster;
        CustomKeyStore? connected;
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = reader.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
            connected = Connected(reader, clusterId);
        }

        if (connected is not null)
        {
            using HsmLease lease = _hsms.Rent(connected);
            return use(lease.Connection);
        }

        if (password is null)
        {
            throw KmsErrors.NoKeyStoreConnected(clusterId);
        }

        using IHsmConnection own = password.Use(pin => _hsms.Provider.Connect(cluster, pin));
        return use(own);
    }

    // The keys of the cluster, and the IDs of all material that is theirs or on which an operation is in progress.
    private (HashSet<string> Known, ImmutableArray<Key> Keys) Snapshot(string clusterId)
    {
        using IStateReader reader = _store.OpenReader();
        if (reader.FindCluster(clusterId) is null)
        {
            throw KmsErrors.ClusterNotFound(clusterId);
        }

        ImmutableArray<Key> keys =
        [
            .. reader.ListCustomKeyStoresOfCluster(clusterId).SelectMany(user =>
                reader.ListKeyIdsInStore(user.Region, user.CustomKeyStoreId).Select(keyId => reader.FindKey(user.Region, keyId)!)),
        ];
        HashSet<string> known =
        [
            .. keys.Select(static key => key.CurrentMaterial!.KeyMaterialId),
            .. reader.ListStrayKeyMaterial(clusterId).Where(IsAtWork).Select(static stray => stray.BackingKeyId),
        ];
        return (known, keys);
    }

    private OrphanedKeyMaterial? OfKey(string clusterId, Key key, HsmHoldings hsms, IStateReader reader)
    {
        string id = key.CurrentMaterial!.KeyMaterialId;
        ImmutableArray<string> holders = hsms.Usable(id);
        if (holders.Length == hsms.Answered.Length && (!holders.IsEmpty || !hsms.NotAnswered.IsEmpty))
        {
            // All that answered hold it. Where none did, nothing is known.
            return null;
        }

        return new OrphanedKeyMaterial
        {
            ClusterId = clusterId,
            Kind = holders.IsEmpty && hsms.NotAnswered.IsEmpty ? OrphanKind.KEY_WITHOUT_MATERIAL : OrphanKind.KEY_NOT_ON_ALL_HSMS,
            BackingKeyId = id,
            KeyArn = key.Arn,
            CustomKeyStoreId = key.CustomKeyStoreId,
            Aliases = [.. reader.ListAliases(key.Region, key.KeyId, null, int.MaxValue).Select(static alias => alias.AliasName)],
            KeyState = key.State,
            CanDecrypt = !holders.IsEmpty,
            Messages = key.ReservedMessages,
            LastUsedDate = _store.Events.FindLastUsage(key.Region, key.KeyId)?.Time.UtcDateTime,
            KeyCreationDate = key.CreationDate.UtcDateTime,
            Hsms = holders,
            MissingFrom = [.. hsms.Answered.Except(holders)],
            NotAnswered = hsms.NotAnswered,
            IsRemovable = false,
        };
    }

    private OrphanedKeyMaterial Orphan(
        string clusterId,
        string backingKeyId,
        string keyArn,
        StrayKeyMaterial? stray,
        HsmHoldings hsms,
        IStateReader reader)
    {
        KeyArn? name = Parse(keyArn);
        DateTimeOffset? created = stray?.KeyCreationDate ?? Fact(reader, name, KeyMaterialFactKind.CREATED)?.Time;
        DateTimeOffset? deleted = stray?.Reason == StrayReason.ORPHANED
            ? stray.Since
            : Fact(reader, name, KeyMaterialFactKind.DELETED)?.Time;
        ImmutableArray<string> usable = hsms.Usable(backingKeyId);
        ImmutableArray<string> holders = hsms.All(backingKeyId);
        return new OrphanedKeyMaterial
        {
            ClusterId = clusterId,
            Kind = usable.IsEmpty && !holders.IsEmpty ? OrphanKind.UNUSABLE_OBJECT : OrphanKind.MATERIAL_WITHOUT_KEY,
            BackingKeyId = backingKeyId,
            KeyArn = keyArn,
            CustomKeyStoreId = stray?.CustomKeyStoreId,
            Aliases = stray?.Aliases ?? [],
            CanDecrypt = false,
            Messages = stray?.Messages,
            LastUsedDate = name is null ? null : _store.Events.FindLastUsage(name.Region, name.KeyId)?.Time.UtcDateTime,
            KeyCreationDate = created?.UtcDateTime,
            KeyDeletionDate = deleted?.UtcDateTime,
            Hsms = holders,
            NotAnswered = hsms.NotAnswered,
            HiddenIn = hsms.Hiding(backingKeyId),
            Reason = stray?.Reason,
            IsRemovable = !holders.IsEmpty && backingKeyId.Length == BackingKeyIdLength
                && (name is null || reader.FindKey(name.Region, name.KeyId) is null),
        };
    }

    // Stores that share an account number may share an HSM as well: only a key that this store has created is its own.
    private bool IsOurs(IStateReader reader, string label) =>
        Parse(label) is { } key
        && label == KeyIdentifier.KeyArn(key.Region, _store.Properties.AccountId, key.KeyId)
        && Fact(reader, key, KeyMaterialFactKind.CREATED) is not null;

    private static KeyMaterialFact? Fact(IStateReader reader, KeyArn? key, KeyMaterialFactKind kind) =>
        key is null ? null : reader.ListKeyMaterialFacts(key.Region, key.KeyId).FirstOrDefault(fact => fact.Kind == kind);

    // The key was deleted when the HSM could not be asked, or an HSM was restored since: status and alarms count what has a record.
    private StrayKeyMaterial? Record(string clusterId, string backingKeyId, string label, IStateReader reader)
    {
        KeyArn key = Parse(label)!;
        if (backingKeyId.Length != BackingKeyIdLength || reader.FindKey(key.Region, key.KeyId) is not null)
        {
            return null;
        }

        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindStrayKeyMaterial(clusterId, backingKeyId) is { } found)
        {
            return found;
        }

        if (transaction.FindKeyByBackingKey(backingKeyId) is not null)
        {
            return null;
        }

        StrayKeyMaterial stray = NewStray(transaction, clusterId, backingKeyId, label) with
        {
            Reason = StrayReason.ORPHANED,
            Since = Fact(transaction, key, KeyMaterialFactKind.DELETED)?.Time ?? _clock.Now(transaction),
            KeyCreationDate = Fact(transaction, key, KeyMaterialFactKind.CREATED)?.Time,
        };
        transaction.PutStrayKeyMaterial(stray);
        transaction.Commit();
        return stray;
    }

    private StrayKeyMaterial NewStray(IStateTransaction transaction, string clusterId, string backingKeyId, string keyArn)
    {
        string region = Parse(keyArn)!.Region;
        ImmutableArray<CustomKeyStore> users = transaction.ListCustomKeyStoresOfCluster(clusterId);
        return new StrayKeyMaterial
        {
            ClusterId = clusterId,
            BackingKeyId = backingKeyId,
            CustomKeyStoreId = (users.FirstOrDefault(user => user.Region == region) ?? users.FirstOrDefault())?.CustomKeyStoreId ?? "",
            Region = region,
            KeyArn = keyArn,
            Reason = StrayReason.DELETING,
            Since = _clock.Now(transaction),
        };
    }

    private void Close(StrayKeyMaterial stray)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindStrayKeyMaterial(stray.ClusterId, stray.BackingKeyId) is { } now && now.Reason == stray.Reason
            && !IsAtWork(now))
        {
            transaction.DeleteStrayKeyMaterial(stray.ClusterId, stray.BackingKeyId);
            transaction.Commit();
        }
    }
}
