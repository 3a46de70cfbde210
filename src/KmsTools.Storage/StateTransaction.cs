using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>The write transaction on the only connection that writes.</summary>
internal sealed class StateTransaction(StateConnection connection, Action giveBack, EventLog log)
    : StateView(connection), IStateTransaction
{
    private bool _hasErased;
    private bool _hasEventSettings;
    private PastRecorder? _past;
    private ChangeEvents? _events;

    public DateTimeOffset? ChangeTime
    {
        get => _past?.ChangeTime;
        set => Past.ChangeTime = value;
    }

    private PastRecorder Past => _past ??= new PastRecorder(Connection, this);

    public void WriteSimulatedTime(DateTimeOffset now) => Connection.Store.WriteSimulatedTime(now);

    public void WriteQuotas(QuotaLimits quotas) => Connection.Quotas.Write(quotas);

    public void WriteConsistencyDelay(int seconds, DateTimeOffset now) => Past.SetDelay(seconds, now);

    public void WriteEventLog(EventLogSettings settings)
    {
        Connection.Store.WriteEventLog(settings);
        _hasEventSettings = true;
    }

    public void InsertKey(Key key)
    {
        _past?.BeforeKey(key.Region, key.KeyId);
        Connection.Keys.Insert(key);
        Connection.Materials.Insert(key);
    }

    public void UpdateKey(Key key)
    {
        _past?.BeforeKey(key.Region, key.KeyId);
        Connection.Keys.Update(key);
        _hasErased |= Connection.Materials.Save(key);
    }

    public void DeleteKey(Key key)
    {
        _past?.BeforeKeyAndItsItems(key.Region, key.KeyId);
        Connection.Keys.Delete(key);
        _hasErased = true;
    }

    public void InsertAlias(KeyAlias alias)
    {
        _past?.BeforeAlias(alias.Region, alias.AliasName);
        Connection.Aliases.Insert(alias);
    }

    public void UpdateAlias(KeyAlias alias)
    {
        _past?.BeforeAlias(alias.Region, alias.AliasName);
        Connection.Aliases.Update(alias);
    }

    public void DeleteAlias(string region, string aliasName)
    {
        _past?.BeforeAlias(region, aliasName);
        Connection.Aliases.Delete(region, aliasName);
    }

    public void InsertGrant(Grant grant)
    {
        _past?.BeforeGrant(grant.Region, grant.KeyId, grant.GrantId);
        Connection.Grants.Insert(grant);
    }

    public void DeleteGrant(Grant grant)
    {
        _past?.BeforeGrant(grant.Region, grant.KeyId, grant.GrantId);
        Connection.Grants.Delete(grant);
    }

    public void InsertCustomKeyStore(CustomKeyStore store) => Connection.CustomKeyStores.Insert(store);

    public void UpdateCustomKeyStore(CustomKeyStore store)
    {
        Connection.CustomKeyStores.Update(store);
        _hasErased = true;
    }

    public void DeleteCustomKeyStore(string region, string customKeyStoreId)
    {
        Connection.CustomKeyStores.Delete(region, customKeyStoreId);
        _hasErased = true;
    }

    public void InsertCluster(HsmCluster cluster) => Connection.Clusters.Insert(cluster);

    public void UpdateCluster(HsmCluster cluster) => Connection.Clusters.Update(cluster);

    public void DeleteCluster(string clusterId) => Connection.Clusters.Delete(clusterId);

    public void InsertAccessKey(AccessKey accessKey) => Connection.AccessKeys.Insert(accessKey);

    public void DeleteAccessKey(string accessKeyId)
    {
        Connection.AccessKeys.Delete(accessKeyId);
        _hasErased = true;
    }

    public void PutStrayKeyMaterial(StrayKeyMaterial stray) => Connection.Strays.Put(stray);

    public void DeleteStrayKeyMaterial(string clusterId, string backingKeyId) => Connection.Strays.Delete(clusterId, backingKeyId);

    public void PutAlarm(Alarm alarm) => Connection.Alarms.Put(alarm);

    public void DeleteAlarm(string name) => Connection.Alarms.Delete(name);

    public void InsertBackup(HsmClusterBackup backup, IReadOnlyCollection<HsmBackupKey> keys) => Connection.Backups.Insert(backup, keys);

    public void DeleteBackup(string backupId)
    {
        Connection.Backups.Delete(backupId);
        _hasErased = true;
    }

    public void PutPrincipal(Principal principal) => Connection.Principals.Put(principal);

    public void DeletePrincipal(string uniqueId) => Connection.Principals.Delete(uniqueId);

    public void WriteAuthorization(AuthorizationSettings settings) => Connection.Authorization.Write(settings);

    public void Append(AuditRecord record) => (_events ??= new ChangeEvents(log)).Add(record);

    public void Commit()
    {
        _past?.Complete();
        _events?.Save(Connection.Outbox);
        Connection.Database.Commit();
        _events?.Committed();
        if (_hasErased)
        {
            Connection.Database.TryEmptyLog();
        }

        Dispose();
        if (_hasEventSettings)
        {
            log.Settings.Changed();
        }

        _events?.Publish();
    }

    protected override void GiveBack(StateConnection connection)
    {
        _events?.Withdraw();
        giveBack();
    }
}
