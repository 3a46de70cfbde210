using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// The state as calls that change none of it see it: values read before and still valid, because no process has committed since. A check of
/// the version of the store shows that.
/// </summary>
internal sealed partial class SnapshotCache(IStateStore store, Action changed)
{
    private const int MaxEntries = 50_000;

    private volatile Snapshot? _snapshot;

    /// <summary>The values read since the last change.</summary>
    private sealed class Snapshot(
        long version,
        DateTimeOffset? simulatedTime,
        DateTimeOffset? earliestDue,
        StoreTime time,
        QuotaLimits quotas,
        long authorizationRevision,
        int consistencyDelay)
    {
        public long Version => version;

        public DateTimeOffset? SimulatedTime => simulatedTime;

        public DateTimeOffset? EarliestDue => earliestDue;

        public StoreTime Time => time;

        public QuotaLimits Quotas => quotas;

        public long AuthorizationRevision => authorizationRevision;

        public int ConsistencyDelay => consistencyDelay;

        public ConcurrentDictionary<(string Region, string KeyId), Key> Keys { get; } = new();

        public ConcurrentDictionary<(string Region, string Name), KeyAlias> Aliases { get; } = new();

        public ConcurrentDictionary<string, AccessKey> AccessKeys { get; } = new(StringComparer.Ordinal);

        public StrongBox<ImmutableArray<Alarm>>? Alarms { get; set; }
    }

    /// <summary>A view of the current state.</summary>
    public IStateReader Open() => new View(store, Read());

    private Snapshot Read()
    {
        // The version is read before the values are: a commit in between makes values newer than the version indicates, never older.
        long version = store.ReadVersion();
        Snapshot? snapshot = _snapshot;
        if (snapshot is null || snapshot.Version != version)
        {
            using IStateReader reader = store.OpenReader();
            snapshot = new Snapshot(
                version,
                reader.ReadSimulatedTime(),
                reader.ReadEarliestDue(),
                reader.ReadStoreTime(),
                reader.ReadQuotas(),
                reader.ReadAuthorizationRevision(),
                reader.ReadConsistencyDelay());
            _snapshot = snapshot;
            changed();
        }

        return snapshot;
    }

    private class View(IStateStore store, Snapshot snapshot) : IStateReader
    {
        private IStateReader? _reader;

        private IStateReader Reader => _reader ??= store.OpenReader();

        public DateTimeOffset? ReadSimulatedTime() => snapshot.SimulatedTime;

        public DateTimeOffset? ReadEarliestDue() => snapshot.EarliestDue;

        public StoreTime ReadStoreTime() => snapshot.Time;

        public QuotaLimits ReadQuotas() => snapshot.Quotas;

        public int ReadConsistencyDelay() => snapshot.ConsistencyDelay;

        public DateTimeOffset? ReadNextChange() => null;

        public virtual Key? FindKey(string region, string keyId)
        {
            if (snapshot.Keys.TryGetValue((region, keyId), out Key? key))
            {
                return key;
            }

            key = Reader.FindKey(region, keyId);
            if (key is not null && snapshot.Keys.Count < MaxEntries)
            {
                snapshot.Keys[(region, keyId)] = key;
            }

            return key;
        }

        public ImmutableArray<string> ListKeyIdsInStore(string region, string customKeyStoreId) =>
            Reader.ListKeyIdsInStore(region, customKeyStoreId);

        public Key? FindKeyByBackingKey(string backingKeyId) => Reader.FindKeyByBackingKey(backingKeyId);

        public virtual KeyAlias? FindAlias(string region, string aliasName)
        {
            if (snapshot.Aliases.TryGetValue((region, aliasName), out KeyAlias? alias))
            {
                return alias;
            }

            alias = Reader.FindAlias(region, aliasName);
            if (alias is not null && snapshot.Aliases.Count < MaxEntries)
            {
                snapshot.Aliases[(region, aliasName)] = alias;
            }

            return alias;
        }

        public AccessKey? FindAccessKey(string accessKeyId)
        {
            if (snapshot.AccessKeys.TryGetValue(accessKeyId, out AccessKey? accessKey))
            {
                return accessKey;
            }

            accessKey = Reader.FindAccessKey(accessKeyId);
            if (accessKey is not null && snapshot.AccessKeys.Count < MaxEntries)
            {
                snapshot.AccessKeys[accessKeyId] = accessKey;
            }

            return accessKey;
        }

        public ImmutableArray<AccessKey> ListAccessKeys() => Reader.ListAccessKeys();

        public ImmutableArray<HeldKey> ListHeldKeys() => Reader.ListHeldKeys();

        public ImmutableArray<(string Region, string KeyId)> ListHeldRotations() => Reader.ListHeldRotations();

        public ImmutableArray<HeldMaterial> ListHeldMaterials() => Reader.ListHeldMaterials();

        public Key? FindDueKey(DateTimeOffset now) => Reader.FindDueKey(now);

        public virtual ImmutableArray<string> ListKeyIds(string region, string? afterKeyId, int limit) =>
            Reader.ListKeyIds(region, afterKeyId, limit);

        public ImmutableArray<string> ListRegions() => Reader.ListRegions();

        public long CountKeys(string region) => Reader.CountKeys(region);

        public long CountKeysInStore(string customKeyStoreId) => Reader.CountKeysInStore(customKeyStoreId);

        public virtual ImmutableArray<KeyAlias> ListAliases(string region, string? keyId, string? afterAliasName, int limit) =>
            Reader.ListAliases(region, keyId, afterAliasName, limit);

        public long CountAliases(string region, string keyId) => Reader.CountAliases(region, keyId);

        public virtual Grant? FindGrant(string region, string keyId, string grantId) => Reader.FindGrant(region, keyId, grantId);

        public Grant? FindGrantByDigest(string region, string keyId, string requestDigest) =>
            Reader.FindGrantByDigest(region, keyId, requestDigest);

        public virtual ImmutableArray<Grant> ListGrants(
            string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit) =>
            Reader.ListGrants(region, keyId, grantee, afterGrantId, limit);

        public virtual ImmutableArray<Grant> ListRetirableGrants(
            string region, GrantPrincipal retiring, string? afterGrantId, int limit) =>
            Reader.ListRetirableGrants(region, retiring, afterGrantId, limit);

        public long CountGrants(string region, string keyId) => Reader.CountGrants(region, keyId);

        public CustomKeyStore? FindCustomKeyStore(string region, string customKeyStoreId) =>
            Reader.FindCustomKeyStore(region, customKeyStoreId);

        public ImmutableArray<CustomKeyStore> ListCustomKeyStores(string region, string? afterCustomKeyStoreId, int limit) =>
            Reader.ListCustomKeyStores(region, afterCustomKeyStoreId, limit);

        public ImmutableArray<CustomKeyStore> ListCustomKeyStoresOfCluster(string clusterId) =>
            Reader.ListCustomKeyStoresOfCluster(clusterId);

        public HsmCluster? FindCluster(string clusterId) => Reader.FindCluster(clusterId);

        public ImmutableArray<HsmCluster> ListClusters() => Reader.ListClusters();

        public StrayKeyMaterial? FindStrayKeyMaterial(string clusterId, string backingKeyId) =>
            Reader.FindStrayKeyMaterial(clusterId, backingKeyId);

        public ImmutableArray<StrayKeyMaterial> ListStrayKeyMaterial(string? clusterId) => Reader.ListStrayKeyMaterial(clusterId);

        public ImmutableArray<KeyMaterialFact> ListKeyMaterialFacts(string region, string keyId) =>
            Reader.ListKeyMaterialFacts(region, keyId);

        public ImmutableArray<HsmClusterRestoration> ListHsmRestorations() => Reader.ListHsmRestorations();

        public string? FindFormerTarget(string region, string aliasName) => Reader.FindFormerTarget(region, aliasName);

        public ImmutableArray<CustomKeyStore> ListFailedCustomKeyStores() => Reader.ListFailedCustomKeyStores();

        public (string Region, string KeyId, DateTimeOffset ValidTo)? FindEarliestExpiry(string? region, string? keyId) =>
            Reader.FindEarliestExpiry(region, keyId);

        public Alarm? FindAlarm(string name) => Reader.FindAlarm(name);

        public HsmClusterBackup? FindBackup(string backupId) => Reader.FindBackup(backupId);

        public ImmutableArray<HsmClusterBackup> ListBackups() => Reader.ListBackups();

        public HsmBackupKey? FindBackupKey(string backupId, string backingKeyId) => Reader.FindBackupKey(backupId, backingKeyId);

        public Principal? FindPrincipal(PrincipalType type, string name) => Reader.FindPrincipal(type, name);

        public ImmutableArray<Principal> ListPrincipals() => Reader.ListPrincipals();

        public long CountPrincipals(PrincipalType type) => Reader.CountPrincipals(type);

        public AuthorizationSettings ReadAuthorization() => Reader.ReadAuthorization();

        public long ReadAuthorizationRevision() => snapshot.AuthorizationRevision;

        public ImmutableArray<(string Region, string KeyId)> ListKeysWithPolicyText(string text) => Reader.ListKeysWithPolicyText(text);

        public ImmutableArray<Grant> ListGrantsTo(GrantPrincipal principal) => Reader.ListGrantsTo(principal);

        public ImmutableArray<Alarm> ListAlarms() => (snapshot.Alarms ??= new StrongBox<ImmutableArray<Alarm>>(Reader.ListAlarms())).Value;

        public virtual void Dispose() => _reader?.Dispose();
    }
}
