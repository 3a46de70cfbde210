using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>Reads in one transaction, either of a reader or of the writer.</summary>
internal abstract class StateView(StateConnection connection, StoreTable.StoreSettings? settings = null) : IStateReader
{
    private StateConnection? _connection = connection;

    /// <summary>The connection, while the transaction is open.</summary>
    protected StateConnection Connection =>
        _connection ?? throw new InvalidOperationException("The view of the state is disposed.");

    /// <summary>What changes of the store, once it was read.</summary>
    protected StoreTable.StoreSettings? KnownSettings { get; set; } = settings;

    private StoreTable.StoreSettings Settings => KnownSettings ??= Connection.Store.ReadSettings();

    public DateTimeOffset? ReadSimulatedTime() => Settings.SimulatedTime;

    public DateTimeOffset? ReadEarliestDue() => Connection.Keys.ReadEarliestDue();

    public StoreTime ReadStoreTime() => Connection.StoreTime.Read();

    public RootKeyState ReadRootKey() => Connection.RootKeys.Read();

    public QuotaLimits ReadQuotas() => new()
    {
        RequestQuotasEnabled = Settings.RequestQuotasEnabled,
        Changed = Connection.Quotas.Read(),
    };

    public int ReadConsistencyDelay() => Settings.ConsistencyDelay;

    public EventLogSettings ReadEventLog() => Connection.Store.ReadEventLog();

    public virtual DateTimeOffset? ReadNextChange() => null;

    public Key? FindDueKey(DateTimeOffset now)
    {
        if (Connection.Keys.FindDue(now) is not (string region, string keyId))
        {
            return null;
        }

        try
        {
            return FindKey(region, keyId);
        }
        catch (StateStoreException exception) when (exception.Damage is not null)
        {
            // A damaged key stays as it is, and must not keep all others from what is due.
            return Connection.Keys.ListDue(now).Select(TryFindKey).FirstOrDefault(static key => key is not null);
        }
    }

    public ImmutableArray<(string Region, string KeyId)> ListDueKeys(string? region, DateTimeOffset until, int limit) =>
        Connection.Keys.ListDue(region, until, limit);

    public ImmutableArray<HeldKey> ListHeldKeys() => Connection.Keys.ListHeld();

    public ImmutableArray<(string Region, string KeyId)> ListHeldRotations() => Connection.Keys.ListHeldRotations();

    public ImmutableArray<HeldMaterial> ListHeldMaterials() => Connection.HeldMaterials.List();

    public virtual Key? FindKey(string region, string keyId)
    {
        if (Connection.Keys.Find(region, keyId) is not { Key: var key } stored)
        {
            return null;
        }

        return key with
        {
            Materials = Connection.Materials.ListOf(stored),
            CustomKeyStore = key.CustomKeyStoreId is string storeId ? Connection.CustomKeyStores.Find(region, storeId) : null,
            RelatedKeys = key.MultiRegion ? Connection.Keys.ListRelated(region, keyId) : [],
        };
    }

    public virtual ImmutableArray<string> ListKeyIds(string region, string? afterKeyId, int limit) =>
        Connection.Keys.ListIds(region, afterKeyId, limit);

    public ImmutableArray<(string Region, string KeyId)> ListKeys() => Connection.Keys.List();

    public ImmutableArray<string> ListRegions() => Connection.Keys.ListRegions();

    public long CountKeys(string region) => Connection.Keys.CountOfRegion(region);

    public long CountKeysInStore(string customKeyStoreId) => Connection.Keys.CountInStore(customKeyStoreId);

    public ImmutableArray<string> ListKeyIdsInStore(string region, string customKeyStoreId) =>
        Connection.Keys.ListIdsInStore(region, customKeyStoreId);

    public Key? FindKeyByBackingKey(string backingKeyId) =>
        Connection.Materials.FindKeyOf(backingKeyId) is (string region, string keyId) ? FindKey(region, keyId) : null;

    public virtual KeyAlias? FindAlias(string region, string aliasName) => Connection.Aliases.Find(region, aliasName);

    public virtual ImmutableArray<KeyAlias> ListAliases(string region, string? keyId, string? afterAliasName, int limit) =>
        Connection.Aliases.List(region, keyId, afterAliasName, limit);

    public long CountAliases(string region, string keyId) => Connection.Aliases.Count(region, keyId);

    public virtual Grant? FindGrant(string region, string keyId, string grantId) => Connection.Grants.Find(region, keyId, grantId);

    public Grant? FindGrantByDigest(string region, string keyId, string requestDigest) =>
        Connection.Grants.FindByDigest(region, keyId, requestDigest);

    public virtual ImmutableArray<Grant> ListGrants(
        string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit) =>
        Connection.Grants.List(region, keyId, grantee, afterGrantId, limit);

    public virtual ImmutableArray<Grant> ListRetirableGrants(
        string region, GrantPrincipal retiring, string? afterGrantId, int limit) =>
        Connection.Grants.ListRetirable(region, retiring, afterGrantId, limit);

    public long CountGrants(string region, string keyId) => Connection.Grants.Count(region, keyId);

    public CustomKeyStore? FindCustomKeyStore(string region, string customKeyStoreId) =>
        Connection.CustomKeyStores.Find(region, customKeyStoreId);

    public ImmutableArray<CustomKeyStore> ListCustomKeyStores(string region, string? afterCustomKeyStoreId, int limit) =>
        Connection.CustomKeyStores.List(region, afterCustomKeyStoreId, limit);

    public ImmutableArray<CustomKeyStore> ListCustomKeyStoresOfCluster(string clusterId) =>
        Connection.CustomKeyStores.ListOfCluster(clusterId);

    public HsmCluster? FindCluster(string clusterId) => Connection.Clusters.Find(clusterId);

    public ImmutableArray<HsmCluster> ListClusters() => Connection.Clusters.List();

    public ImmutableArray<CustomKeyStore> ListExternalKeyStores() => Connection.CustomKeyStores.ListExternal();

    public XksProxyAddress? FindXksProxyAddress(string hostName) => Connection.ProxyAddresses.Find(hostName);

    public ImmutableArray<XksProxyAddress> ListXksProxyAddresses() => Connection.ProxyAddresses.List();

    public VpcEndpointService? FindVpcEndpointService(string serviceName) => Connection.EndpointServices.Find(serviceName);

    public ImmutableArray<VpcEndpointService> ListVpcEndpointServices() => Connection.EndpointServices.List();

    public string? FindKeyIdOfExternalKey(string customKeyStoreId, string xksKeyId) =>
        Connection.Keys.FindIdOfExternalKey(customKeyStoreId, xksKeyId);

    public AccessKey? FindAccessKey(string accessKeyId) => Connection.AccessKeys.Find(accessKeyId);

    public ImmutableArray<AccessKey> ListAccessKeys() => Connection.AccessKeys.List();

    public StrayKeyMaterial? FindStrayKeyMaterial(string clusterId, string backingKeyId) => Connection.Strays.Find(clusterId, backingKeyId);

    public ImmutableArray<StrayKeyMaterial> ListStrayKeyMaterial(string? clusterId) => Connection.Strays.List(clusterId);

    public ImmutableArray<KeyMaterialFact> ListKeyMaterialFacts(string region, string keyId) => Connection.Facts.List(region, keyId);

    public ImmutableArray<HsmClusterRestoration> ListHsmRestorations() => Connection.Restorations.List();

    public string? FindFormerTarget(string region, string aliasName) => Connection.FormerAliases.Find(region, aliasName);

    public ImmutableArray<CustomKeyStore> ListFailedCustomKeyStores() => Connection.CustomKeyStores.ListFailed();

    public (string Region, string KeyId, DateTimeOffset ValidTo)? FindEarliestExpiry(string? region, string? keyId) =>
        Connection.Materials.FindEarliestExpiry(region, keyId);

    public Alarm? FindAlarm(string name) => Connection.Alarms.Find(name);

    public ImmutableArray<Alarm> ListAlarms() => Connection.Alarms.List();

    public HsmClusterBackup? FindBackup(string backupId) => Connection.Backups.Find(backupId);

    public ImmutableArray<HsmClusterBackup> ListBackups() => Connection.Backups.List();

    public HsmBackupKey? FindBackupKey(string backupId, string backingKeyId) => Connection.BackupKeys.Find(backupId, backingKeyId);

    public Principal? FindPrincipal(PrincipalType type, string name) => Connection.Principals.Find(type, name);

    public ImmutableArray<Principal> ListPrincipals() => Connection.Principals.List();

    public long CountPrincipals(PrincipalType type) => Connection.Principals.Count(type);

    public AuthorizationSettings ReadAuthorization() => Connection.Authorization.Read();

    public long ReadAuthorizationRevision() => Connection.Authorization.ReadRevision();

    public ImmutableArray<(string Region, string KeyId)> ListKeysWithPolicyText(string text) => Connection.Keys.ListWithPolicyText(text);

    public ImmutableArray<Grant> ListGrantsTo(GrantPrincipal principal) => Connection.Grants.ListTo(principal);

    public bool SeesUnsynced => true;

    public StateChanges ReadChanges(long? after) => Connection.Commits.Read(after);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _connection, null) is StateConnection open)
        {
            try
            {
                open.Database.RollBack();
            }
            finally
            {
                GiveBack(open);
            }
        }
    }

    private Key? TryFindKey((string Region, string KeyId) due)
    {
        try
        {
            return FindKey(due.Region, due.KeyId);
        }
        catch (StateStoreException exception) when (exception.Damage is not null)
        {
            return null;
        }
    }

    /// <summary>Makes the next read of a setting read it anew, after this view has changed one.</summary>
    protected void ForgetSettings() => KnownSettings = null;

    /// <summary>Returns the connection after the end of the transaction.</summary>
    protected abstract void GiveBack(StateConnection connection);
}
