using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>A write transaction. No other process changes the state until its end.</summary>
internal sealed partial class StateTransaction(
    StateConnection connection, IStateVersion version, IChangeLog log, IRootKeyKeeper keys, KnownRows known, Action giveBack)
    : StateView(connection, known.Settings), IStateTransaction
{
    private readonly HashSet<StateItem> _touched = [];
    private long _number;
    private bool _hasErased;
    private bool _isCommitted;
    private bool _hasEventSettings;
    private PastRecorder? _past;
    private IChangeEvents? _events;

    public DateTimeOffset? ChangeTime
    {
        get => _past?.ChangeTime;
        set => Past.ChangeTime = value;
    }

    private PastRecorder Past => _past ??= new PastRecorder(Connection, this);

    public void WriteSimulatedTime(DateTimeOffset now)
    {
        Connection.Store.WriteSimulatedTime(now);
        TouchSettings();
    }

    public void WriteStoreTime(StoreTime time)
    {
        Connection.StoreTime.Put(time);
        TouchSettings();
    }

    public void HoldMaterial(HeldMaterial held)
    {
        Require(held.Material.Wrapped.AsSpan());
        Connection.HeldMaterials.Put(held);
    }

    public void DeleteHeldMaterial(HeldMaterial held)
    {
        Connection.HeldMaterials.Delete(held);
        _hasErased = true;
    }

    public void WriteQuotas(QuotaLimits quotas)
    {
        Connection.Store.WriteRequestQuotas(quotas.RequestQuotasEnabled);
        Connection.Quotas.Write(quotas.Changed);
        TouchSettings();
    }

    public void WriteConsistencyDelay(int seconds, DateTimeOffset now)
    {
        Past.SetDelay(seconds, now);
        TouchSettings();
    }

    public void WriteEventLog(EventLogSettings settings)
    {
        Connection.Store.WriteEventLog(settings);
        _hasEventSettings = true;
    }

    public void InsertKey(Key key)
    {
        Require(key);
        _past?.BeforeKey(key.Region, key.KeyId);
        Connection.Keys.Insert(key);
        Connection.Materials.Insert(key);
        Touch(key);
    }

    public void UpdateKey(Key key)
    {
        Require(key);
        _past?.BeforeKey(key.Region, key.KeyId);
        Connection.Keys.Update(key);
        _hasErased |= Connection.Materials.Save(key, out ImmutableArray<string> destroyed);
        Touch(key, destroyed);
    }

    public void DeleteKey(Key key)
    {
        _past?.BeforeKeyAndItsItems(key.Region, key.KeyId);
        foreach (KeyAlias alias in ListAliases(key.Region, key.KeyId, null, int.MaxValue))
        {
            Connection.FormerAliases.Keep(alias);
            _touched.Add(StateItem.Alias(alias.Region, alias.AliasName));
        }

        Touch(key, Connection.Materials.List(key.Region, key.KeyId).Select(static material => material.KeyMaterialId));
        _touched.Add(StateItem.Grants(key.Region, key.KeyId));
        Connection.Keys.Delete(key);
        _hasErased = true;
    }

    public void InsertAlias(KeyAlias alias)
    {
        _past?.BeforeAlias(alias.Region, alias.AliasName);
        Connection.Aliases.Insert(alias);
        _touched.Add(StateItem.Alias(alias.Region, alias.AliasName));
    }

    public void UpdateAlias(KeyAlias alias)
    {
        _past?.BeforeAlias(alias.Region, alias.AliasName);
        Connection.Aliases.Update(alias);
        _touched.Add(StateItem.Alias(alias.Region, alias.AliasName));
    }

    public void DeleteAlias(string region, string aliasName)
    {
        _past?.BeforeAlias(region, aliasName);
        if (FindAlias(region, aliasName) is { } alias)
        {
            Connection.FormerAliases.Keep(alias);
        }

        Connection.Aliases.Delete(region, aliasName);
        _touched.Add(StateItem.Alias(region, aliasName));
    }

    public void InsertGrant(Grant grant)
    {
        _past?.BeforeGrant(grant.Region, grant.KeyId, grant.GrantId);
        Connection.Grants.Insert(grant);
        _touched.Add(StateItem.Grants(grant.Region, grant.KeyId));
    }

    public void DeleteGrant(Grant grant)
    {
        _past?.BeforeGrant(grant.Region, grant.KeyId, grant.GrantId);
        Connection.Grants.Delete(grant);
        _touched.Add(StateItem.Grants(grant.Region, grant.KeyId));
    }

    public void InsertCustomKeyStore(CustomKeyStore store)
    {
        Require(store);
        Connection.CustomKeyStores.Insert(store);
        TouchCustomKeyStore(store.Region, store.CustomKeyStoreId);
    }

    public void UpdateCustomKeyStore(CustomKeyStore store)
    {
        Require(store);
        Connection.CustomKeyStores.Update(store);
        TouchCustomKeyStore(store.Region, store.CustomKeyStoreId);
        _hasErased = true;
    }

    public void DeleteCustomKeyStore(string region, string customKeyStoreId)
    {
        Connection.CustomKeyStores.Delete(region, customKeyStoreId);
        TouchCustomKeyStore(region, customKeyStoreId);
        _hasErased = true;
    }

    public void InsertCluster(HsmCluster cluster)
    {
        Require(cluster.WrappedPin);
        Connection.Clusters.Insert(cluster);
    }

    public void UpdateCluster(HsmCluster cluster)
    {
        Require(cluster.WrappedPin);
        Connection.Clusters.Update(cluster);
    }

    public void DeleteCluster(string clusterId) => Connection.Clusters.Delete(clusterId);

    public void InsertAccessKey(AccessKey accessKey)
    {
        Require(accessKey.WrappedSecret.AsSpan());
        Connection.AccessKeys.Insert(accessKey);
        _touched.Add(StateItem.AccessKey(accessKey.AccessKeyId));
    }

    public void UpdateAccessKey(AccessKey accessKey)
    {
        Require(accessKey.WrappedSecret.AsSpan());
        Connection.AccessKeys.Update(accessKey);
        _touched.Add(StateItem.AccessKey(accessKey.AccessKeyId));
    }

    public void DeleteAccessKey(string accessKeyId)
    {
        Connection.AccessKeys.Delete(accessKeyId);
        _touched.Add(StateItem.AccessKey(accessKeyId));
        _hasErased = true;
    }

    public void PutStrayKeyMaterial(StrayKeyMaterial stray) => Connection.Strays.Put(stray);

    public void DeleteStrayKeyMaterial(string clusterId, string backingKeyId) => Connection.Strays.Delete(clusterId, backingKeyId);

    public void AddKeyMaterialFact(KeyMaterialFact fact) => Connection.Facts.Put(fact);

    public void AddHsmRestoration(HsmClusterRestoration restoration) => Connection.Restorations.Put(restoration);

    public void PutAlarm(Alarm alarm)
    {
        Connection.Alarms.Put(alarm);
        _touched.Add(StateItem.Alarms);
    }

    public void DeleteAlarm(string name)
    {
        Connection.Alarms.Delete(name);
        _touched.Add(StateItem.Alarms);
    }

    public void InsertBackup(HsmClusterBackup backup, IReadOnlyCollection<HsmBackupKey> keys)
    {
        Require(backup.WrappedPassword);
        Connection.Backups.Insert(backup);
        foreach (HsmBackupKey key in keys)
        {
            Connection.BackupKeys.Insert(new(backup.BackupId, key));
        }
    }

    public void UpdateBackup(HsmClusterBackup backup)
    {
        Require(backup.WrappedPassword);
        Connection.Backups.Update(backup);
    }

    public void DeleteBackup(string backupId)
    {
        Connection.Backups.Delete(backupId);
        _hasErased = true;
    }

    public void PutPrincipal(Principal principal)
    {
        Connection.Principals.Put(principal);
        TouchSettings();
    }

    public void DeletePrincipal(string uniqueId)
    {
        Connection.Principals.Delete(uniqueId);
        TouchSettings();
    }

    public void WriteAuthorization(AuthorizationSettings settings)
    {
        Connection.Authorization.Update(settings);
        TouchSettings();
    }

    public void Append(AuditRecord record) => (_events ??= log.Begin(Connection)).Add(record);

    public void Commit() => CommitAsync().GetAwaiter().GetResult();

    public Task CommitAsync()
    {
        _past?.Complete();
        StateCommit commit = Connection.Commits.Next(_touched, known.NewestCommit);
        _number = commit.Number;
        version.Announce(new OwnCommit(commit, Connection.Keys.ReadEarliestDue()));
        Connection.Commits.Insert(commit, _events?.Announce(commit.Number));
        Connection.Database.Commit();
        _isCommitted = true;
        _events?.Committed();
        if (_hasErased)
        {
            Connection.Database.TryForgetErased();
        }

        Dispose();
        return FinishAsync();
    }

    // In this order: the log has no event of a change that a power loss could undo, unless the disk refuses the sync.
    private async Task FinishAsync()
    {
        try
        {
            await version.SyncAsync().ConfigureAwait(false);
        }
        finally
        {
            if (_hasEventSettings)
            {
                log.SettingsChanged();
            }

            _events?.Publish();
        }
    }

    // Each of the related multi-Region keys shows which the others are.
    private void Touch(Key key, IEnumerable<string>? destroyed = null)
    {
        _touched.Add(StateItem.Key(key.Region, key.KeyId));
        if (key.MultiRegion)
        {
            foreach (RelatedKey related in Connection.Keys.ListRelated(key.Region, key.KeyId))
            {
                _touched.Add(StateItem.Key(related.Region, key.KeyId));
            }
        }

        foreach (string materialId in destroyed ?? [])
        {
            _touched.Add(StateItem.Material(materialId));
        }
    }

    // Each of its keys shows its state. Caches do not know which these are.
    private void TouchCustomKeyStore(string region, string customKeyStoreId)
    {
        _touched.Add(StateItem.Everything);
        _touched.Add(StateItem.CustomKeyStore(region, customKeyStoreId));
    }

    private void TouchSettings()
    {
        _touched.Add(StateItem.Settings);
        ForgetSettings();
    }

    protected override void GiveBack(StateConnection connection)
    {
        try
        {
            known.End(_isCommitted ? _number : null, KnownSettings, _rootKey);
            version.EndWrite(_isCommitted);
            _events?.Withdraw();
            FollowRootKey();
        }
        finally
        {
            giveBack();
        }
    }
}
