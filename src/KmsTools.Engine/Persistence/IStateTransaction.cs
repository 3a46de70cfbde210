using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>A write transaction. Nothing in it is visible outside it before Commit; Dispose without Commit rolls it back.</summary>
public interface IStateTransaction : IStateReader
{
    /// <summary>
    /// The time of the changes that follow (UTC): calls that read see them when the consistency delay of the store has passed since. Null,
    /// as at first: they see them at once.
    /// </summary>
    DateTimeOffset? ChangeTime { get; set; }

    /// <summary>Saves the consistency delay; 0 makes all changes visible.</summary>
    /// <param name="seconds">The new delay in whole seconds.</param>
    /// <param name="now">The current time (UTC).</param>
    void WriteConsistencyDelay(int seconds, DateTimeOffset now);

    /// <summary>Saves what the event log keeps, and when it is on the disk. Other processes follow within a second.</summary>
    void WriteEventLog(EventLogSettings settings);

    /// <summary>Moves the simulated clock.</summary>
    void WriteSimulatedTime(DateTimeOffset now);

    /// <summary>Saves what is known about the time that passed.</summary>
    void WriteStoreTime(StoreTime time);

    /// <summary>
    /// Makes the next generation of the root key, which wraps from now on. It is sealed when the call returns, beside the one before, and
    /// the secrets of the store are wrapped by it; all else is to be wrapped again before <see cref="TryEndRootKeyRotation"/>.
    /// </summary>
    /// <param name="now">The current time (UTC).</param>
    /// <returns>The state after it.</returns>
    /// <exception cref="InvalidOperationException">A rotation is in progress.</exception>
    /// <exception cref="StateStoreException">root.key cannot be written.</exception>
    RootKeyState BeginRootKeyRotation(DateTimeOffset now);

    /// <summary>
    /// Saves that nothing is wrapped by the former generation any more, if so. When that is committed, it can be dropped
    /// (<see cref="IStateStore.DropFormerRootKeys"/>).
    /// </summary>
    /// <returns>False if something is.</returns>
    bool TryEndRootKeyRotation();

    /// <summary>
    /// Seals root.key, or seals it again. It is sealed when the call returns, and as before if the transaction is not committed.
    /// Other processes that have the store open go on. When it is committed, the former file is to be deleted
    /// (<see cref="IStateStore.ForgetFormerRootKeyFile"/>).
    /// </summary>
    /// <param name="seal">The seal.</param>
    /// <param name="key">Its key. The caller disposes of its own.</param>
    /// <exception cref="StateStoreException">root.key cannot be written, or the present seal was not opened.</exception>
    void SealRootKey(Seal seal, SealKey key);

    /// <summary>Lets root.key be without a seal, as <see cref="SealRootKey"/> gives it one.</summary>
    /// <exception cref="InvalidOperationException">The store is not sealed.</exception>
    /// <exception cref="StateStoreException">root.key cannot be written, or the present seal was not opened.</exception>
    void UnsealRootKey();

    /// <summary>Saves after how many days the store makes the next generation of the root key by itself; null for never.</summary>
    void WriteRootKeyRotationPeriod(int? days);

    /// <summary>
    /// Materials of keys that another generation of the root key than the present one has wrapped, in the order of Regions, keys and
    /// positions, beginning after one; null: from the beginning.
    /// </summary>
    ImmutableArray<StoredMaterial> ListFormerMaterials(StoredMaterial? after, int limit);

    /// <summary>Saves a material that was wrapped again.</summary>
    void RewrapMaterial(StoredMaterial material);

    /// <summary>Keeps the bytes of a material that its key no longer has.</summary>
    void HoldMaterial(HeldMaterial held);

    /// <summary>Removes a material that was kept. Freed pages are overwritten.</summary>
    void DeleteHeldMaterial(HeldMaterial held);

    /// <summary>Saves the quotas.</summary>
    void WriteQuotas(QuotaLimits quotas);

    /// <summary>Adds a key with its materials.</summary>
    void InsertKey(Key key);

    /// <summary>Saves the current values of a key and its materials.</summary>
    void UpdateKey(Key key);

    /// <summary>Removes a key, its materials, all its aliases and all its grants. Freed pages are overwritten.</summary>
    void DeleteKey(Key key);

    /// <summary>Adds an alias.</summary>
    void InsertAlias(KeyAlias alias);

    /// <summary>Saves the current value of an alias.</summary>
    void UpdateAlias(KeyAlias alias);

    /// <summary>Removes an alias; the key that it named stays known (<see cref="IStateReader.FindFormerTarget"/>).</summary>
    void DeleteAlias(string region, string aliasName);

    /// <summary>Adds a grant.</summary>
    void InsertGrant(Grant grant);

    /// <summary>Removes a grant.</summary>
    void DeleteGrant(Grant grant);

    /// <summary>Adds a custom key store.</summary>
    void InsertCustomKeyStore(CustomKeyStore store);

    /// <summary>Saves the current value of a custom key store.</summary>
    void UpdateCustomKeyStore(CustomKeyStore store);

    /// <summary>Removes a custom key store.</summary>
    void DeleteCustomKeyStore(string region, string customKeyStoreId);

    /// <summary>Adds a cluster.</summary>
    void InsertCluster(HsmCluster cluster);

    /// <summary>Saves the current value of a cluster.</summary>
    void UpdateCluster(HsmCluster cluster);

    /// <summary>Removes a cluster.</summary>
    void DeleteCluster(string clusterId);

    /// <summary>Adds or replaces (by host name) the address of proxies.</summary>
    void PutXksProxyAddress(XksProxyAddress address);

    /// <summary>Removes the address of proxies.</summary>
    void DeleteXksProxyAddress(string hostName);

    /// <summary>Adds or replaces (by name) a VPC endpoint service.</summary>
    void PutVpcEndpointService(VpcEndpointService service);

    /// <summary>Removes a VPC endpoint service.</summary>
    void DeleteVpcEndpointService(string serviceName);

    /// <summary>Adds an access key.</summary>
    void InsertAccessKey(AccessKey accessKey);

    /// <summary>Saves the current value of an access key.</summary>
    void UpdateAccessKey(AccessKey accessKey);

    /// <summary>Removes an access key. Freed pages are overwritten.</summary>
    void DeleteAccessKey(string accessKeyId);

    /// <summary>Adds or replaces (by cluster and backing key ID) a record of stray key material.</summary>
    void PutStrayKeyMaterial(StrayKeyMaterial stray);

    /// <summary>Removes a record of stray key material.</summary>
    void DeleteStrayKeyMaterial(string clusterId, string backingKeyId);

    /// <summary>Adds a fact, which is kept for good.</summary>
    void AddKeyMaterialFact(KeyMaterialFact fact);

    /// <summary>Adds a restore of a cluster, which is kept for good.</summary>
    void AddHsmRestoration(HsmClusterRestoration restoration);

    /// <summary>Adds or replaces (by name) an alarm.</summary>
    void PutAlarm(Alarm alarm);

    /// <summary>Removes an alarm.</summary>
    void DeleteAlarm(string name);

    /// <summary>Adds a backup of a cluster, with the keys in it where they are known.</summary>
    void InsertBackup(HsmClusterBackup backup, IReadOnlyCollection<HsmBackupKey> keys);

    /// <summary>Saves the current value of a backup of a cluster.</summary>
    void UpdateBackup(HsmClusterBackup backup);

    /// <summary>Removes a backup of a cluster. Freed pages are overwritten.</summary>
    void DeleteBackup(string backupId);

    /// <summary>Adds or replaces (by unique ID) a user, role or group.</summary>
    void PutPrincipal(Principal principal);

    /// <summary>Removes a user, role or group.</summary>
    void DeletePrincipal(string uniqueId);

    /// <summary>Saves how the store authorizes calls.</summary>
    void WriteAuthorization(AuthorizationSettings settings);

    /// <summary>Adds an event that commits with this transaction. It is in the event log when Commit returns.</summary>
    void Append(AuditRecord record);

    /// <summary>Commits, and returns when that is synced to disk.</summary>
    /// <exception cref="StateStoreException">
    /// Nothing was changed; or the sync failed, and whether the change is saved is not known.
    /// </exception>
    void Commit();

    /// <summary>Commits, and ends the transaction before it returns. Others can change the state before the task completes.</summary>
    /// <returns>Completes when the commit is synced to disk. Fails as <see cref="Commit"/> does.</returns>
    Task CommitAsync();
}
