using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// Compares what the HSMs of a cluster hold with what the store knows, in both directions, and removes material that no key uses. Only
/// what this store has made is ever called an orphan: its label is an ARN of a key that the store has created, or there is a record of it.
/// </summary>
public sealed class KeyMaterialReconciler
{
    private const int BackingKeyIdLength = 64;

    // A process that takes this long is taken for dead, and another one goes on.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);

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
    /// Compares. Records of material that turns out to be in no HSM are closed; nothing else is changed.
    /// </summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="password">PIN of the crypto user, for a cluster no key store of which is connected; else null.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException, or CustomKeyStoreInvalidStateException: nobody is logged in.</exception>
    /// <exception cref="HsmException">The HSMs cannot be asked.</exception>
    public HsmReconciliation Find(string clusterId, Secret? password = null)
    {
        _maintenance.Run();
        (HashSet<string> known, _) = Snapshot(clusterId);
        ImmutableArray<HsmInventory> inventories = WithHsms(clusterId, password, static connection => connection.ListKeys());
        (HashSet<string> stillKnown, ImmutableArray<Key> keys) = Snapshot(clusterId);
        var hsms = new Holdings(inventories);
        var orphans = ImmutableArray.CreateBuilder<OrphanedKeyMaterial>();
        int foreign = 0;
        using (IStateReader reader = _store.OpenReader())
        {
            // A key that came or went while the HSMs were asked is left for the next time.
            foreach (Key key in keys.Where(key => known.Contains(key.CurrentMaterial!.KeyMaterialId)))
            {
                if (OfKey(clusterId, key, hsms, reader) is { } incomplete)
                {
                    orphans.Add(incomplete);
                }
            }

            foreach (IGrouping<string, HsmKeyObject> objects in inventories.SelectMany(static hsm => hsm.Keys).GroupBy(static held => held.Id, StringComparer.Ordinal))
            {
                if (objects.Key.Length == 0)
                {
                    foreach (HsmKeyObject nameless in objects)
                    {
                        if (IsOurs(nameless.Label))
                        {
                            orphans.Add(Orphan(clusterId, "", nameless.Label, null, hsms, reader) with { Kind = OrphanKind.UNUSABLE_OBJECT, Hsms = [nameless.TokenLabel] });
                        }
                        else
                        {
                            foreign++;
                        }
                    }
                }
                else if (!known.Contains(objects.Key) && !stillKnown.Contains(objects.Key) && reader.FindKeyByBackingKey(objects.Key) is null)
                {
                    StrayKeyMaterial? stray = reader.FindStrayKeyMaterial(clusterId, objects.Key);
                    string label = stray?.KeyArn ?? objects.Select(static held => held.Label).FirstOrDefault(static label => label.Length > 0) ?? "";
                    if (stray is null && !IsOurs(label))
                    {
                        foreign++;
                    }
                    else
                    {
                        orphans.Add(Orphan(clusterId, objects.Key, label, stray, hsms, reader));
                    }
                }
            }

            foreach (StrayKeyMaterial stray in reader.ListStrayKeyMaterial(clusterId).Where(stray => !IsAtWork(stray) && !hsms.Has(stray.BackingKeyId)))
            {
                if (hsms.NotAnswered.IsEmpty)
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

    /// <summary>Destroys material that no key uses, in all HSMs of a cluster. It is looked at once more at that moment.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="backingKeyId">CKA_ID of the material in hex, 64 digits.</param>
    /// <param name="password">PIN of the crypto user, for a cluster no key store of which is connected; else null.</param>
    /// <param name="caller">Who removes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException; CustomKeyStoreInvalidStateException: nobody is logged in; NotFoundException: no HSM holds it;
    /// ConflictException: a key uses it, or it was not made by this store; KMSInvalidStateException: an HSM could not be asked, and what
    /// it holds stays an orphan.
    /// </exception>
    /// <exception cref="HsmException">The HSMs cannot be asked.</exception>
    /// <exception cref="ArgumentException">The ID is malformed.</exception>
    public void Remove(string clusterId, string backingKeyId, Secret? password = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(backingKeyId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.RemoveOrphanedKeyMaterial, caller)
            .With(Members.ClusterId, clusterId).With(Members.BackingKeyId, backingKeyId);
        _administration.Do(act, context =>
        {
            if (backingKeyId.Length != BackingKeyIdLength || !backingKeyId.All(char.IsAsciiHexDigitLower))
            {
                throw new ArgumentException($"'{backingKeyId}' is no backing key ID: it has 64 hexadecimal digits.", nameof(backingKeyId));
            }

            return WithHsms(clusterId, password, connection => Remove(context, clusterId, backingKeyId, connection));
        });
    }

    private static CustomKeyStore? Connected(IStateReader reader, string clusterId) =>
        reader.ListCustomKeyStoresOfCluster(clusterId).FirstOrDefault(static user => user.ConnectionState == ConnectionStateType.CONNECTED);

    // A deletion that nobody has taken up yet is taken up by the process that deleted the key, in the next moment.
    private static bool IsAtWork(StrayKeyMaterial stray) =>
        stray.ClaimedUntil > TimeProvider.System.GetUtcNow() || stray is { Reason: StrayReason.DELETING, ClaimedUntil: null };

    private static (string Region, string KeyId)? Parse(string keyArn) =>
        keyArn.Split(':') is ["arn", "aws", "kms", var region, _, var resource] && resource.StartsWith("key/", StringComparison.Ordinal)
            ? (region, resource["key/".Length..])
            : null;

    private StrayKeyMaterial Remove(AdministrativeContext context, string clusterId, string backingKeyId, IHsmConnection connection)
    {
        ImmutableArray<HsmKeyObject> held =
            [.. connection.ListKeys().SelectMany(static hsm => hsm.Keys).Where(key => key.Id == backingKeyId)];
        string[] holders = [.. held.Select(static key => key.TokenLabel).Distinct()];
        if (held.IsEmpty)
        {
            throw KmsErrors.NoSuchMaterial(clusterId, backingKeyId);
        }

        string label = held.Select(static key => key.Label).FirstOrDefault(static label => label.Length > 0) ?? "";
        StrayKeyMaterial work = BeginRemoval(clusterId, backingKeyId, label, IsOurs(label));
        try
        {
            connection.DestroyKey(Convert.FromHexString(backingKeyId));
        }
        catch (HsmException e)
        {
            using IStateTransaction transaction = _store.BeginTransaction();
            transaction.PutStrayKeyMaterial(work with { Reason = StrayReason.ORPHANED, ClaimedUntil = null });
            transaction.Commit();
            throw HsmKeyStore.Error(work.KeyArn, e);
        }

        context.Act = context.Act with { Region = work.Region, KeyArn = work.KeyArn };
        context.AdditionalEventData[Members.Hsms] = string.Join(", ", holders);
        return context.Commit(transaction =>
        {
            transaction.DeleteStrayKeyMaterial(clusterId, backingKeyId);
            return work;
        });
    }

    // From here on no key can take the material: a creation that is still at work is refused when it finds its record changed.
    private StrayKeyMaterial BeginRemoval(string clusterId, string backingKeyId, string label, bool isOurs)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        StrayKeyMaterial? stray = transaction.FindStrayKeyMaterial(clusterId, backingKeyId);
        string keyArn = stray?.KeyArn ?? label;
        Key? user = transaction.FindKeyByBackingKey(backingKeyId)
            ?? (Parse(keyArn) is (string region, string keyId) ? transaction.FindKey(region, keyId) : null);
        if (user is not null)
        {
            throw KmsErrors.MaterialInUse(backingKeyId, user);
        }

        if (stray is null && !isOurs)
        {
            throw KmsErrors.MaterialForeign(clusterId, backingKeyId);
        }

        if (stray is not null && IsAtWork(stray))
        {
            throw KmsErrors.MaterialAtWork(backingKeyId, stray);
        }

        StrayKeyMaterial work = (stray ?? new StrayKeyMaterial
        {
            ClusterId = clusterId,
            BackingKeyId = backingKeyId,
            CustomKeyStoreId = transaction.ListCustomKeyStoresOfCluster(clusterId).FirstOrDefault()?.CustomKeyStoreId ?? "",
            Region = Parse(keyArn)!.Value.Region,
            KeyArn = keyArn,
            Reason = StrayReason.DELETING,
            Since = _clock.Now(transaction),
        }) with
        { Reason = StrayReason.DELETING, ClaimedUntil = TimeProvider.System.GetUtcNow() + Claim };
        transaction.PutStrayKeyMaterial(work);
        transaction.Commit();
        return work;
    }

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

    // The keys of the cluster, and the IDs of all material that is theirs or that somebody is at work on.
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

    private OrphanedKeyMaterial? OfKey(string clusterId, Key key, Holdings hsms, IStateReader reader)
    {
        string id = key.CurrentMaterial!.KeyMaterialId;
        ImmutableArray<string> holders = hsms.Usable(id);
        if (holders.Length == hsms.Answered.Length && !holders.IsEmpty)
        {
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

    private OrphanedKeyMaterial Orphan(string clusterId, string backingKeyId, string keyArn, StrayKeyMaterial? stray, Holdings hsms, IStateReader reader)
    {
        (string Region, string KeyId)? name = Parse(keyArn);
        DateTimeOffset? created = stray?.KeyCreationDate ?? (name is null ? null : Event(name.Value, AuditNames.CreateKey)?.Time);
        DateTimeOffset? deleted = stray?.Reason == StrayReason.ORPHANED ? stray.Since : name is null ? null : Event(name.Value, AuditNames.DeleteKey)?.Time;
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
            LastUsedDate = name is null ? null : _store.Events.FindLastUsage(name.Value.Region, name.Value.KeyId)?.Time.UtcDateTime,
            KeyCreationDate = created?.UtcDateTime,
            KeyDeletionDate = deleted?.UtcDateTime,
            Hsms = holders,
            NotAnswered = hsms.NotAnswered,
            Reason = stray?.Reason,
            IsRemovable = !holders.IsEmpty && backingKeyId.Length == BackingKeyIdLength
                && (name is null || reader.FindKey(name.Value.Region, name.Value.KeyId) is null),
        };
    }

    // Stores that share an account number may share an HSM as well: only a key that this store has created is its own.
    private bool IsOurs(string label) =>
        Parse(label) is (string region, string keyId)
        && label == KeyIdentifier.KeyArn(region, _store.Properties.AccountId, keyId)
        && Event((region, keyId), AuditNames.CreateKey) is not null;

    private AuditRecord? Event((string Region, string KeyId) key, string name) => _store.Events
        .Query(new EventQuery { KeyId = key.KeyId, Region = key.Region, EventName = name })
        .FirstOrDefault(static record => record.ErrorCode is null);

    private void Close(StrayKeyMaterial stray)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindStrayKeyMaterial(stray.ClusterId, stray.BackingKeyId) is { } now && now.Reason == stray.Reason && !IsAtWork(now))
        {
            transaction.DeleteStrayKeyMaterial(stray.ClusterId, stray.BackingKeyId);
            transaction.Commit();
        }
    }

    /// <summary>Which HSMs hold what.</summary>
    private sealed class Holdings
    {
        private readonly Dictionary<string, ImmutableArray<HsmKeyObject>> _byId;

        public Holdings(ImmutableArray<HsmInventory> inventories)
        {
            Answered = [.. inventories.Where(static hsm => hsm.Failure is null).Select(static hsm => hsm.Name)];
            NotAnswered = [.. inventories.Where(static hsm => hsm.Failure is not null).Select(static hsm => hsm.Name)];
            _byId = inventories.SelectMany(static hsm => hsm.Keys)
                .GroupBy(static key => key.Id, StringComparer.Ordinal)
                .ToDictionary(static group => group.Key, static group => group.ToImmutableArray(), StringComparer.Ordinal);
        }

        public ImmutableArray<string> Answered { get; }

        public ImmutableArray<string> NotAnswered { get; }

        public bool Has(string id) => _byId.ContainsKey(id);

        public ImmutableArray<string> Usable(string id) => Holders(id, static key => key.IsUsable);

        public ImmutableArray<string> All(string id) => Holders(id, static _ => true);

        private ImmutableArray<string> Holders(string id, Func<HsmKeyObject, bool> condition) =>
            _byId.TryGetValue(id, out ImmutableArray<HsmKeyObject> held) ? [.. held.Where(condition).Select(static key => key.TokenLabel).Distinct()] : [];
    }
}
