using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>The write transaction on the only connection that writes.</summary>
internal sealed class StateTransaction(StateConnection connection, Action giveBack) : StateView(connection), IStateTransaction
{
    private bool _hasErased;

    public void WriteSimulatedTime(DateTimeOffset now) => Connection.Store.WriteSimulatedTime(now);

    public void WriteQuotas(QuotaLimits quotas) => Connection.Quotas.Write(quotas);

    public void InsertKey(Key key)
    {
        Connection.Keys.Insert(key);
        Connection.Materials.Insert(key);
    }

    public void UpdateKey(Key key)
    {
        Connection.Keys.Update(key);
        _hasErased |= Connection.Materials.Save(key);
    }

    public void DeleteKey(Key key)
    {
        Connection.Keys.Delete(key);
        _hasErased = true;
    }

    public void InsertAlias(KeyAlias alias) => Connection.Aliases.Insert(alias);

    public void UpdateAlias(KeyAlias alias) => Connection.Aliases.Update(alias);

    public void DeleteAlias(string region, string aliasName) => Connection.Aliases.Delete(region, aliasName);

    public void InsertGrant(Grant grant) => Connection.Grants.Insert(grant);

    public void DeleteGrant(Grant grant) => Connection.Grants.Delete(grant);

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

    public void Append(AuditRecord record) => Connection.Events.Insert(record);

    public void Commit()
    {
        Connection.Database.Commit();
        if (_hasErased)
        {
            Connection.Database.TryEmptyLog();
        }

        Dispose();
    }

    protected override void GiveBack(StateConnection connection) => giveBack();
}
