using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>
/// The durable state of one KMS. Safe for many threads and many processes at once. There are two lanes: state, changed in
/// transactions that exclude each other and are synced to disk; and the event log of calls that change no state, with group commit.
/// </summary>
public interface IStateStore : IDisposable
{
    /// <summary>The folder of the store. Of a shared store: the folder for what only this machine has.</summary>
    string Folder { get; }

    /// <summary>Where the store is, for people: its folder, or the database of a shared store.</summary>
    string Location { get; }

    /// <summary>
    /// Whether the store is shared by several machines: a look at its version is then a round trip, which calls save by
    /// <see cref="ReadKnownVersion"/> and <see cref="IEventLog.TryAppend"/>.
    /// </summary>
    bool IsShared { get; }

    /// <summary>
    /// The time by the clock that all machines of a shared store have in common, that of its database (UTC, <see cref="SharedClock"/>); null
    /// where each machine has its own. Without a round trip.
    /// </summary>
    DateTimeOffset? UtcNow => null;

    /// <summary>Whether the store is deleted by Dispose.</summary>
    bool IsTemporary { get; }

    /// <summary>What is fixed when a store is created.</summary>
    StateStoreProperties Properties { get; }

    /// <summary>The key that wraps everything secret in this store. In a transaction it wraps with the generation of the store.</summary>
    RootKey RootKey { get; }

    /// <summary>The secrets that tokens, ciphertexts and the IDs of key material depend on: the same as long as the store exists.</summary>
    StoreSecrets Secrets { get; }

    /// <summary>
    /// The changes that the state had lost when this store was opened with <see cref="StateStoreOptions.AcceptLostChanges"/>; null if none.
    /// The next commit, of whatever it is, makes the loss permanent: until then another process is refused.
    /// </summary>
    LostChanges? LostChanges { get; }

    /// <summary>
    /// A number that grows when any process has committed a change of state, which is synced to disk. Cheap (some ten nanoseconds): every
    /// call of the read lane reads it.
    /// </summary>
    /// <exception cref="StateStoreException">The change of another process cannot be synced.</exception>
    long ReadVersion();

    /// <summary>
    /// The newest version that this process knows, without a look at the database of a shared store. Whoever goes on with it finds out by
    /// <see cref="IEventLog.TryAppend"/> whether that was right. Of a store that is not shared: as <see cref="ReadVersion"/>.
    /// </summary>
    /// <exception cref="StateStoreException">The change of another process cannot be synced.</exception>
    long ReadKnownVersion();

    /// <summary>Enters a lock that one process at a time has, of all machines that share the store. It ends with the process.</summary>
    /// <param name="name">The name of the lock: letters, digits and hyphens.</param>
    /// <param name="limit">The maximum time to wait for others.</param>
    /// <returns>What leaves it; null if others have kept it for so long.</returns>
    /// <exception cref="StateStoreException">There cannot be such a lock now.</exception>
    IDisposable? EnterLock(string name, TimeSpan limit);

    /// <summary>
    /// What changed between two versions (<see cref="ReadVersion"/>), from memory: null unless all of it was committed by this process, and
    /// lately. <see cref="IStateReader.ReadChanges"/> says it then.
    /// </summary>
    RecentChanges? FindOwnChanges(long after, long version);

    /// <summary>
    /// Finds out whether the store can be read and written now, still has its root key, and the newest change of the event log. Writes a
    /// page to its disk, and leaves nothing there.
    /// </summary>
    /// <exception cref="StateStoreException">It cannot; the message says why.</exception>
    void Probe();

    /// <summary>
    /// Verifies the files other than those of events: that databases are whole, the MAC of every record, the numbers of records, root.key,
    /// and that the state has the newest change of the event log. Reads all of them; neither waits for changes nor keeps them waiting.
    /// </summary>
    /// <param name="found">Gets each finding as soon as it is found.</param>
    StoreFileVerification VerifyFiles(Action<StoreFinding> found);

    /// <summary>
    /// The number of the oldest commit of this process that is not synced yet (<see cref="StateCommit.Number"/>);
    /// <see cref="long.MaxValue"/> if all are. Views show such commits; nothing that depends on one may be answered before it is synced.
    /// </summary>
    long OldestUnsyncedCommit { get; }

    /// <summary>
    /// Whether a commit that is not synced yet has touched an item, or may have touched it because it is of another process.
    /// </summary>
    bool IsUnsynced(StateItem item);

    /// <summary>Completes when everything that is committed is synced to disk.</summary>
    /// <returns>Fails with <see cref="StateStoreException"/> if the sync fails.</returns>
    Task WhenSyncedAsync();

    /// <summary>
    /// Destroys the generations of the root key that nothing is wrapped by any more: none while <see cref="RootKeyState.IsRotating"/>.
    /// </summary>
    /// <exception cref="StateStoreException">root.key cannot be written.</exception>
    void DropFormerRootKeys();

    /// <summary>The seal of the root key, as it is now; null if the store is not sealed.</summary>
    /// <exception cref="StateStoreException">root.key is missing or damaged.</exception>
    Seal? ReadSeal();

    /// <summary>A copy of the key of the seal, for what opens the store in another process; null if the store is not sealed.</summary>
    /// <returns>The key; the caller disposes of it.</returns>
    SealKey? CopySealKey();

    /// <summary>
    /// Opens the seal of a store that was sealed again while this process had it open and did not notice in time.
    /// </summary>
    /// <param name="unlock">As <see cref="StateStoreOptions.Unlock"/>.</param>
    /// <exception cref="StateStoreException">The seal was not opened; the store is as it was.</exception>
    void Unlock(Func<Seal, SealKey> unlock);

    /// <summary>
    /// Overwrites and deletes the file that root.key was before <see cref="IStateTransaction.SealRootKey"/> or
    /// <see cref="IStateTransaction.UnsealRootKey"/>, once that is committed. The next process that opens the store does it otherwise.
    /// </summary>
    /// <exception cref="StateStoreException">It cannot be deleted.</exception>
    void ForgetFormerRootKeyFile();

    /// <summary>
    /// Writes a backup of the store as it is at one moment, and verifies it. Other calls and processes go on. The caller has seen to it that
    /// nothing else makes backups of this store or of its HSMs.
    /// </summary>
    /// <param name="path">The file, outside of the folder of the store.</param>
    /// <param name="replace">Whether the file may exist, and is replaced.</param>
    /// <param name="now">The time of the store's clock.</param>
    /// <param name="seal">What opens the backup.</param>
    /// <param name="key">The key of the seal.</param>
    /// <exception cref="StateStoreException">The backup cannot be written; nothing is left of it.</exception>
    IStagedBackup Backup(string path, bool replace, DateTimeOffset now, Seal seal, SealKey key);

    /// <summary>Opens a consistent view of the state. Does not block writers and is not blocked by them.</summary>
    IStateReader OpenReader();

    /// <summary>
    /// Opens a view in which keys, aliases and grants are what they were at a moment. Only changes that were made with a
    /// <see cref="IStateTransaction.ChangeTime"/> while the store had a consistency delay are undone, and only within that delay; the keys
    /// that have changed since have no bytes of key material.
    /// </summary>
    /// <param name="moment">The moment (UTC): the present minus the consistency delay.</param>
    IStateReader OpenReader(DateTimeOffset moment);

    /// <summary>Begins a write transaction; waits for the other writer, if there is one.</summary>
    /// <exception cref="StateStoreException">Another process held the lock for too long.</exception>
    IStateTransaction BeginTransaction();

    /// <summary>The event log.</summary>
    IEventLog Events { get; }

    /// <summary>Counts requests of all processes on the store.</summary>
    IRequestCounters Requests { get; }
}

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
