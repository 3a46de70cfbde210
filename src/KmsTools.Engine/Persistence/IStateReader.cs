using System.Collections.Immutable;
using KmsTools.KeyStores;

namespace KmsTools.Persistence;

/// <summary>A consistent view of the state.</summary>
public interface IStateReader : IDisposable
{
    /// <summary>The time of the simulated clock (UTC); null on a store with the real clock.</summary>
    DateTimeOffset? ReadSimulatedTime();

    /// <summary>The earliest moment at which anything in the store becomes due (UTC), or null. One index lookup.</summary>
    DateTimeOffset? ReadEarliestDue();

    /// <summary>
    /// The key with the earliest due date not after <paramref name="now"/>, or null. One index lookup. Keys that are damaged are passed
    /// over.
    /// </summary>
    Key? FindDueKey(DateTimeOffset now);

    /// <summary>
    /// The keys that have something due not after <paramref name="until"/>, the earliest first, of one Region or of all. One index scan of as
    /// many keys as are asked for.
    /// </summary>
    ImmutableArray<(string Region, string KeyId)> ListDueKeys(string? region, DateTimeOffset until, int limit);

    /// <summary>What is known about the time that passed, and whether anything waits for more to be known. A few index lookups.</summary>
    StoreTime ReadStoreTime();

    /// <summary>The keys of all Regions whose deletion is due and waits until time is explained, earliest first.</summary>
    ImmutableArray<HeldKey> ListHeldKeys();

    /// <summary>The keys of all Regions whose next rotation waits until time is explained, earliest first.</summary>
    ImmutableArray<(string Region, string KeyId)> ListHeldRotations();

    /// <summary>The imported materials that have expired and whose bytes are kept until time is explained, earliest first.</summary>
    ImmutableArray<HeldMaterial> ListHeldMaterials();

    /// <summary>Which generation of the root key the store uses, and when it gets the next.</summary>
    RootKeyState ReadRootKey();

    /// <summary>The quotas that were set to other values than their defaults.</summary>
    QuotaLimits ReadQuotas();

    /// <summary>How long calls that read do not see a change, in whole seconds; 0 when they see it at once.</summary>
    int ReadConsistencyDelay();

    /// <summary>What the event log keeps, and when it is on the disk.</summary>
    EventLogSettings ReadEventLog();

    /// <summary>In a view of the past: the time of the first change that it does not show (UTC), or null. Otherwise null.</summary>
    DateTimeOffset? ReadNextChange();

    /// <summary>The key, with its custom key store and its related multi-Region keys attached, or null.</summary>
    Key? FindKey(string region, string keyId);

    /// <summary>Keys of a Region in the order of their IDs, beginning after an ID.</summary>
    ImmutableArray<string> ListKeyIds(string region, string? afterKeyId, int limit);

    /// <summary>All keys of all Regions, in their order.</summary>
    ImmutableArray<(string Region, string KeyId)> ListKeys();

    /// <summary>The Regions that have customer managed keys or custom key stores, in ordinal order.</summary>
    ImmutableArray<string> ListRegions();

    /// <summary>The number of customer managed keys in a Region.</summary>
    long CountKeys(string region);

    /// <summary>The number of keys, of any state, in a custom key store.</summary>
    long CountKeysInStore(string customKeyStoreId);

    /// <summary>The IDs of the keys of a custom key store, of any state, in their order.</summary>
    ImmutableArray<string> ListKeyIdsInStore(string region, string customKeyStoreId);

    /// <summary>The key, of any Region, whose material in HSMs has this ID (CKA_ID in hex), or null.</summary>
    Key? FindKeyByBackingKey(string backingKeyId);

    /// <summary>The alias, or null.</summary>
    KeyAlias? FindAlias(string region, string aliasName);

    /// <summary>Aliases of a Region in ordinal order of their names, beginning after a name, of one key or of all.</summary>
    ImmutableArray<KeyAlias> ListAliases(string region, string? keyId, string? afterAliasName, int limit);

    /// <summary>The number of aliases of a key.</summary>
    long CountAliases(string region, string keyId);

    /// <summary>The grant, or null.</summary>
    Grant? FindGrant(string region, string keyId, string grantId);

    /// <summary>The named grant of a key that was created from the same parameters (<see cref="Grant.RequestDigest"/>), or null.</summary>
    Grant? FindGrantByDigest(string region, string keyId, string requestDigest);

    /// <summary>Grants of a key in the order of their IDs, beginning after an ID, of one grantee or of all.</summary>
    ImmutableArray<Grant> ListGrants(string region, string keyId, GrantPrincipal? grantee, string? afterGrantId, int limit);

    /// <summary>Grants of a Region that a principal may retire, in the order of their IDs, beginning after an ID.</summary>
    ImmutableArray<Grant> ListRetirableGrants(string region, GrantPrincipal retiring, string? afterGrantId, int limit);

    /// <summary>The number of grants of a key.</summary>
    long CountGrants(string region, string keyId);

    /// <summary>The custom key store, or null.</summary>
    CustomKeyStore? FindCustomKeyStore(string region, string customKeyStoreId);

    /// <summary>The custom key stores of a Region in the order of their IDs, beginning after an ID. At most 10 exist by quota.</summary>
    ImmutableArray<CustomKeyStore> ListCustomKeyStores(string region, string? afterCustomKeyStoreId, int limit);

    /// <summary>The custom key stores of all Regions that are on a cluster.</summary>
    ImmutableArray<CustomKeyStore> ListCustomKeyStoresOfCluster(string clusterId);

    /// <summary>The cluster, or null.</summary>
    HsmCluster? FindCluster(string clusterId);

    /// <summary>All clusters in the order of their IDs.</summary>
    ImmutableArray<HsmCluster> ListClusters();

    /// <summary>The external key stores of all Regions.</summary>
    ImmutableArray<CustomKeyStore> ListExternalKeyStores();

    /// <summary>How the proxies of a host are reached, or null.</summary>
    XksProxyAddress? FindXksProxyAddress(string hostName);

    /// <summary>The addresses of all proxies, in the order of their host names.</summary>
    ImmutableArray<XksProxyAddress> ListXksProxyAddresses();

    /// <summary>The VPC endpoint service, or null.</summary>
    VpcEndpointService? FindVpcEndpointService(string serviceName);

    /// <summary>All VPC endpoint services, in the order of their names.</summary>
    ImmutableArray<VpcEndpointService> ListVpcEndpointServices();

    /// <summary>The ID of the key of an external key store that uses an external key; null when none does.</summary>
    string? FindKeyIdOfExternalKey(string customKeyStoreId, string xksKeyId);

    /// <summary>The access key, or null.</summary>
    AccessKey? FindAccessKey(string accessKeyId);

    /// <summary>All access keys in the order of their IDs.</summary>
    ImmutableArray<AccessKey> ListAccessKeys();

    /// <summary>The record of stray key material, or null.</summary>
    StrayKeyMaterial? FindStrayKeyMaterial(string clusterId, string backingKeyId);

    /// <summary>Key material in HSMs that no key owns (yet, or any more), oldest first; of one cluster or of all.</summary>
    ImmutableArray<StrayKeyMaterial> ListStrayKeyMaterial(string? clusterId);

    /// <summary>
    /// What happened to a key and to its material in HSMs, in the order of time; empty for a key that the store has never had.
    /// </summary>
    ImmutableArray<KeyMaterialFact> ListKeyMaterialFacts(string region, string keyId);

    /// <summary>All restores of clusters from backups, oldest first.</summary>
    ImmutableArray<HsmClusterRestoration> ListHsmRestorations();

    /// <summary>The ID of the key that an alias named when it was deleted last; null when none with this name was deleted.</summary>
    string? FindFormerTarget(string region, string aliasName);

    /// <summary>The custom key stores of all Regions that are in the state FAILED.</summary>
    ImmutableArray<CustomKeyStore> ListFailedCustomKeyStores();

    /// <summary>
    /// The key, of all keys or only one, whose imported material expires first, and when; null when none expires. One index lookup.
    /// </summary>
    (string Region, string KeyId, DateTimeOffset ValidTo)? FindEarliestExpiry(string? region, string? keyId);

    /// <summary>The alarm, or null.</summary>
    Alarm? FindAlarm(string name);

    /// <summary>All alarms in the order of their names.</summary>
    ImmutableArray<Alarm> ListAlarms();

    /// <summary>The backup of a cluster, or null.</summary>
    HsmClusterBackup? FindBackup(string backupId);

    /// <summary>All backups of clusters, oldest first.</summary>
    ImmutableArray<HsmClusterBackup> ListBackups();

    /// <summary>Key material in a backup whose content is known; null when the backup does not contain it.</summary>
    HsmBackupKey? FindBackupKey(string backupId, string backingKeyId);

    /// <summary>The user, role or group, or null. Names are compared regardless of case.</summary>
    Principal? FindPrincipal(PrincipalType type, string name);

    /// <summary>All users, roles and groups, by type and in the order of their names.</summary>
    ImmutableArray<Principal> ListPrincipals();

    /// <summary>The number of users, of roles or of groups.</summary>
    long CountPrincipals(PrincipalType type);

    /// <summary>How the store authorizes calls.</summary>
    AuthorizationSettings ReadAuthorization();

    /// <summary>A number that grows with every change of a principal or of <see cref="ReadAuthorization"/>.</summary>
    long ReadAuthorizationRevision();

    /// <summary>
    /// The keys of all Regions whose policy contains a text, as it is or possibly escaped. Reads all policies.
    /// </summary>
    ImmutableArray<(string Region, string KeyId)> ListKeysWithPolicyText(string text);

    /// <summary>The grants of all Regions that a principal is the grantee or the retiring principal of. Reads all grants.</summary>
    ImmutableArray<Grant> ListGrantsTo(GrantPrincipal principal);

    /// <summary>
    /// Whether the view has shown, or may have shown, a commit that was not synced then: an answer made from it waits for
    /// <see cref="IStateStore.WhenSyncedAsync"/>.
    /// </summary>
    bool SeesUnsynced { get; }

    /// <summary>What has changed since a commit, so that caches forget only that.</summary>
    /// <param name="after">The number of the newest commit that is known; null for none.</param>
    StateChanges ReadChanges(long? after);
}
