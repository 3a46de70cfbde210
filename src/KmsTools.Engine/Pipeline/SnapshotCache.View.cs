using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>Views: cached values, and the database for all else.</summary>
internal sealed partial class SnapshotCache
{
    private class View(SnapshotCache cache, Snapshot snapshot) : IStateReader
    {
        private IStateReader? _reader;

        public bool SeesUnsynced { get; protected set; }

        /// <summary>Reads past the caches.</summary>
        protected IStateReader Uncached
        {
            get
            {
                SeesUnsynced = true;
                return Reader;
            }
        }

        private IStateReader Reader => _reader ??= cache.OpenReader();

        public DateTimeOffset? ReadSimulatedTime() => snapshot.Settings.SimulatedTime;

        public DateTimeOffset? ReadEarliestDue() => snapshot.EarliestDue;

        public StoreTime ReadStoreTime() => snapshot.Settings.Time;

        public RootKeyState ReadRootKey() => snapshot.Settings.RootKey;

        public QuotaLimits ReadQuotas() => snapshot.Settings.Quotas;

        public int ReadConsistencyDelay() => snapshot.Settings.ConsistencyDelay;

        public EventLogSettings ReadEventLog() => Reader.ReadEventLog();

        public DateTimeOffset? ReadNextChange() => null;

        public virtual Key? FindKey(string region, string keyId) =>
            Find(StateItem.Key(region, keyId), static (reader, item) => reader.FindKey(item.Region, item.Name));

        public ImmutableArray<string> ListKeyIdsInStore(string region, string customKeyStoreId) =>
            Uncached.ListKeyIdsInStore(region, customKeyStoreId);

        public Key? FindKeyByBackingKey(string backingKeyId) => Uncached.FindKeyByBackingKey(backingKeyId);

        public virtual KeyAlias? FindAlias(string region, string aliasName) =>
            Find(StateItem.Alias(region, aliasName), static (reader, item) => reader.FindAlias(item.Region, item.Name));

        public AccessKey? FindAccessKey(string accessKeyId) =>
            Find(StateItem.AccessKey(accessKeyId), static (reader, item) => reader.FindAccessKey(item.Name));

        public ImmutableArray<AccessKey> ListAccessKeys() => Uncached.ListAccessKeys();

        public ImmutableArray<HeldKey> ListHeldKeys() => Uncached.ListHeldKeys();

        public ImmutableArray<(string Region, string KeyId)> ListHeldRotations() => Uncached.ListHeldRotations();

        public ImmutableArray<HeldMaterial> ListHeldMaterials() => Uncached.ListHeldMaterials();

        public Key? FindDueKey(DateTimeOffset now) => Uncached.FindDueKey(now);

        public ImmutableArray<(string Region, string KeyId)> ListDueKeys(string? region, DateTimeOffset until, int limit) =>
            Uncached.ListDueKeys(region, until, limit);

        public virtual ImmutableArray<string> ListKeyIds(string region, string? afterKeyId, int limit) =>
            Uncached.ListKeyIds(region, afterKeyId, limit);

        public ImmutableArray<string> ListRegions() => Uncached.ListRegions();

        public long CountKeys(string region) => Uncached.CountKeys(region);

        public long CountKeysInStore(string customKeyStoreId) => Uncached.CountKeysInStore(customKeyStoreId);

        public virtual ImmutableArray<KeyAlias> ListAliases(string region, string? keyId, string? afterAliasName, int limit) =>
            Uncached.ListAliases(region, keyId, afterAliasName, limit);

        public long CountAliases(string region, string keyId) => Uncached.CountAliases(region, keyId);

        public virtual Grant? FindGrant(string region, string keyId, string grantId) =>
            Note(StateItem.Grants(region, keyId), Reader.FindGrant(region, keyId, grantId));

        public Grant? FindGrantByDigest(string region, string keyId, string requestDigest) =>
            Uncached.FindGrantByDigest(region, keyId, requestDigest);

        public virtual ImmutableArray<Grant> ListGrants(
            string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit) =>
            Note(StateItem.Grants(region, keyId), Reader.ListGrants(region, keyId, grantee, afterGrantId, limit));

        public virtual ImmutableArray<Grant> ListRetirableGrants(
            string region, GrantPrincipal retiring, string? afterGrantId, int limit) =>
            Uncached.ListRetirableGrants(region, retiring, afterGrantId, limit);

        public long CountGrants(string region, string keyId) => Uncached.CountGrants(region, keyId);

        public CustomKeyStore? FindCustomKeyStore(string region, string customKeyStoreId) =>
            Uncached.FindCustomKeyStore(region, customKeyStoreId);

        public ImmutableArray<CustomKeyStore> ListCustomKeyStores(string region, string? afterCustomKeyStoreId, int limit) =>
            Uncached.ListCustomKeyStores(region, afterCustomKeyStoreId, limit);

        public ImmutableArray<CustomKeyStore> ListCustomKeyStoresOfCluster(string clusterId) =>
            Uncached.ListCustomKeyStoresOfCluster(clusterId);

        public HsmCluster? FindCluster(string clusterId) => Uncached.FindCluster(clusterId);

        public ImmutableArray<HsmCluster> ListClusters() => Uncached.ListClusters();

        public ImmutableArray<CustomKeyStore> ListExternalKeyStores() => Uncached.ListExternalKeyStores();

        public XksProxyAddress? FindXksProxyAddress(string hostName) => Uncached.FindXksProxyAddress(hostName);

        public ImmutableArray<XksProxyAddress> ListXksProxyAddresses() => Uncached.ListXksProxyAddresses();

        public VpcEndpointService? FindVpcEndpointService(string serviceName) => Uncached.FindVpcEndpointService(serviceName);

        public ImmutableArray<VpcEndpointService> ListVpcEndpointServices() => Uncached.ListVpcEndpointServices();

        public string? FindKeyIdOfExternalKey(string customKeyStoreId, string xksKeyId) =>
            Uncached.FindKeyIdOfExternalKey(customKeyStoreId, xksKeyId);

        public StrayKeyMaterial? FindStrayKeyMaterial(string clusterId, string backingKeyId) =>
            Uncached.FindStrayKeyMaterial(clusterId, backingKeyId);

        public ImmutableArray<StrayKeyMaterial> ListStrayKeyMaterial(string? clusterId) => Uncached.ListStrayKeyMaterial(clusterId);

        public ImmutableArray<KeyMaterialFact> ListKeyMaterialFacts(string region, string keyId) =>
            Uncached.ListKeyMaterialFacts(region, keyId);

        public ImmutableArray<HsmClusterRestoration> ListHsmRestorations() => Uncached.ListHsmRestorations();

        public string? FindFormerTarget(string region, string aliasName) => Uncached.FindFormerTarget(region, aliasName);

        public ImmutableArray<CustomKeyStore> ListFailedCustomKeyStores() => Uncached.ListFailedCustomKeyStores();

        public (string Region, string KeyId, DateTimeOffset ValidTo)? FindEarliestExpiry(string? region, string? keyId) =>
            Uncached.FindEarliestExpiry(region, keyId);

        public Alarm? FindAlarm(string name) => Uncached.FindAlarm(name);

        public HsmClusterBackup? FindBackup(string backupId) => Uncached.FindBackup(backupId);

        public ImmutableArray<HsmClusterBackup> ListBackups() => Uncached.ListBackups();

        public HsmBackupKey? FindBackupKey(string backupId, string backingKeyId) => Uncached.FindBackupKey(backupId, backingKeyId);

        public Principal? FindPrincipal(PrincipalType type, string name) => Uncached.FindPrincipal(type, name);

        public ImmutableArray<Principal> ListPrincipals() => Uncached.ListPrincipals();

        public long CountPrincipals(PrincipalType type) => Uncached.CountPrincipals(type);

        public AuthorizationSettings ReadAuthorization() => Uncached.ReadAuthorization();

        public long ReadAuthorizationRevision() => snapshot.Settings.AuthorizationRevision;

        public ImmutableArray<(string Region, string KeyId)> ListKeys() => Uncached.ListKeys();

        public ImmutableArray<(string Region, string KeyId)> ListKeysWithPolicyText(string text) => Uncached.ListKeysWithPolicyText(text);

        public ImmutableArray<Grant> ListGrantsTo(GrantPrincipal principal) => Uncached.ListGrantsTo(principal);

        public ImmutableArray<Alarm> ListAlarms() => Find(
            StateItem.Alarms, static (reader, _) => new StrongBox<ImmutableArray<Alarm>>(reader.ListAlarms()))!.Value;

        public StateChanges ReadChanges(long? after) => Uncached.ReadChanges(after);

        public virtual void Dispose() => _reader?.Dispose();

        /// <summary>A value is read, from the caches or from the database.</summary>
        protected virtual void NoteRead(StateItem item)
        {
        }

        private T? Find<T>(StateItem item, Func<IStateReader, StateItem, T?> read)
            where T : class
        {
            NoteRead(item);
            if (cache._items.TryGet(item, out object? known))
            {
                return (T)known;
            }

            object? value = read(Reader, item);
            if (value is Key key)
            {
                value = cache.ShareText(key);
            }

            if (cache.IsUnsynced(item))
            {
                SeesUnsynced = true;
            }
            else if (value is not null)
            {
                cache.Remember(item, value, snapshot);
            }

            return (T?)value;
        }

        private T Note<T>(StateItem item, T value)
        {
            SeesUnsynced |= cache.IsUnsynced(item);
            return value;
        }
    }

    /// <summary>
    /// What this node knows, for a call that notes what it reads. What is read past the caches is read after the call began, and needs no
    /// note: it is as new as an answer must be.
    /// </summary>
    private sealed class KnownView : View
    {
        private readonly SharedCall _call;

        public KnownView(SnapshotCache cache, Snapshot snapshot, SharedCall call)
            : base(cache, snapshot)
        {
            _call = call;
            call.UseVersion(snapshot.Version);
        }

        protected override void NoteRead(StateItem item) => _call.Note(item);
    }
}
