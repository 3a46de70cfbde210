using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// The state as calls that change none of it see it: values read before and still valid, because no process has touched them since. A check
/// of the version of the store shows that; when it has moved, what the commits since then have touched is forgotten.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="forgetMaterial">Called with the ID of a material whose bytes are destroyed; with null when all may be.</param>
internal sealed partial class SnapshotCache(IStateStore store, Action<string?> forgetMaterial)
{
    private const int MaxItems = 50_000;

    private readonly BoundedCache<StateItem, object> _items = new(MaxItems);
    private readonly Lock _advancing = new();

    // Guards the moment at which a change takes effect: what was read before it is not remembered after it.
    private readonly Lock _remembering = new();
    private volatile Snapshot? _snapshot;

    /// <summary>What every call needs, at one version.</summary>
    private sealed record Snapshot(
        long Version,
        long CommitNumber,
        DateTimeOffset? EarliestDue,
        Settings Settings);

    /// <summary>What changes only by administration.</summary>
    private sealed record Settings(
        DateTimeOffset? SimulatedTime, QuotaLimits Quotas, long AuthorizationRevision, int ConsistencyDelay)
    {
        public static Settings Read(IStateReader reader) => new(
            reader.ReadSimulatedTime(), reader.ReadQuotas(), reader.ReadAuthorizationRevision(), reader.ReadConsistencyDelay());
    }

    /// <summary>A view of the current state.</summary>
    public IStateReader Open() => new View(this, Read());

    /// <summary>Whether the current state has the bytes of a key material.</summary>
    public bool HasBytes(Key key, string materialId)
    {
        using IStateReader state = Open();
        return state.FindKey(key.Region, key.KeyId)?.FindMaterial(materialId) is { Wrapped.IsEmpty: false };
    }

    private Snapshot Read()
    {
        // The version is read before the values are: a commit in between makes values newer than the version indicates, never older.
        long version = store.ReadVersion();
        Snapshot? snapshot = _snapshot;
        return snapshot is not null && snapshot.Version >= version ? snapshot : Advance(version);
    }

    private Snapshot Advance(long version)
    {
        lock (_advancing)
        {
            Snapshot? former = _snapshot;
            if (former is not null && former.Version >= version)
            {
                return former;
            }

            using IStateReader reader = store.OpenReader();
            StateChanges changes = reader.ReadChanges(former?.CommitNumber);
            Snapshot next = new(
                version, 0, reader.ReadEarliestDue(), former?.Settings ?? Settings.Read(reader));

            // What is not synced yet has not happened to those who have what was before. Asked last: it may have become synced since.
            long end = store.OldestUnsyncedCommit;
            next = next with { CommitNumber = Math.Min(changes.Number, end - 1) };
            StateItem[] touched = !changes.IsComplete ? [StateItem.Everything]
                : [.. changes.Commits.TakeWhile(commit => commit.Number < end).SelectMany(static commit => commit.Touched)];
            bool isEverything = touched.Contains(StateItem.Everything);
            if (isEverything || touched.Contains(StateItem.Settings))
            {
                next = next with { Settings = Settings.Read(reader) };
            }

            lock (_remembering)
            {
                Forget(touched, isEverything);
                _snapshot = next;
            }

            return next;
        }
    }

    private IStateReader OpenReader() => store.OpenReader();

    private bool IsUnsynced(StateItem item) => store.IsUnsynced(item);

    private void Forget(StateItem[] touched, bool isEverything)
    {
        if (isEverything)
        {
            _items.Clear();
            forgetMaterial(null);
            return;
        }

        foreach (StateItem item in touched)
        {
            _items.Remove(item);
            if (item.Kind == StateItemKind.Material)
            {
                forgetMaterial(item.Name);
            }
        }
    }

    /// <summary>Remembers a value that was read after a snapshot was taken, unless something has changed since.</summary>
    private void Remember(StateItem item, object value, Snapshot readAfter)
    {
        lock (_remembering)
        {
            if (ReferenceEquals(_snapshot, readAfter))
            {
                _items.Put(item, value);
            }
        }
    }

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

        public Key? FindDueKey(DateTimeOffset now) => Uncached.FindDueKey(now);

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

        public ImmutableArray<(string Region, string KeyId)> ListKeysWithPolicyText(string text) => Uncached.ListKeysWithPolicyText(text);

        public ImmutableArray<Grant> ListGrantsTo(GrantPrincipal principal) => Uncached.ListGrantsTo(principal);

        public ImmutableArray<Alarm> ListAlarms() => Find(
            StateItem.Alarms, static (reader, _) => new StrongBox<ImmutableArray<Alarm>>(reader.ListAlarms()))!.Value;

        public StateChanges ReadChanges(long? after) => Uncached.ReadChanges(after);

        public virtual void Dispose() => _reader?.Dispose();

        private T? Find<T>(StateItem item, Func<IStateReader, StateItem, T?> read)
            where T : class
        {
            if (cache._items.TryGet(item, out object? known))
            {
                return (T)known;
            }

            T? value = read(Reader, item);
            if (cache.IsUnsynced(item))
            {
                SeesUnsynced = true;
            }
            else if (value is not null)
            {
                cache.Remember(item, value, snapshot);
            }

            return value;
        }

        private T Note<T>(StateItem item, T value)
        {
            SeesUnsynced |= cache.IsUnsynced(item);
            return value;
        }
    }
}
