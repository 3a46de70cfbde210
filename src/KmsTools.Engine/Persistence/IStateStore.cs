using KmsTools.Cryptography;
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
