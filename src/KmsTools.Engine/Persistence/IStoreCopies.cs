using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>Copies whole stores, between folders and the databases of shared stores.</summary>
public interface IStoreCopies
{
    /// <summary>
    /// Copies a store, as it is at one moment, to a temporary folder. Calls and other processes go on, and the store is not changed.
    /// </summary>
    /// <param name="from">The store, which exists, and what opens it.</param>
    /// <param name="to">Where it is to be: a folder that does not exist or is empty, or an initialized database without a store.</param>
    /// <param name="progress">Gets what is being done; null for nothing.</param>
    /// <exception cref="StateStoreException">There is no store, it is damaged, or there is one where it is to be. Nothing was
    /// copied.</exception>
    IStagedStoreCopy Begin(StateStoreOptions from, StateStoreOptions to, Action<string>? progress);

    /// <summary>Refuses a database that cannot take a store.</summary>
    /// <param name="to">The database, and the files of this machine.</param>
    /// <param name="isSealed">Whether the store is sealed. Otherwise its root key needs a new file on this machine.</param>
    /// <exception cref="StateStoreException">It has a store, is not initialized, or cannot be reached; or the file is there.</exception>
    void RequireDestination(StateStoreOptions to, bool isSealed);

    /// <summary>Copies a store that is in a folder, and that no process has open, into a database.</summary>
    /// <param name="folder">The folder. It stays.</param>
    /// <param name="unlock">Opens its seal, if it is sealed; null for nothing.</param>
    /// <param name="to">An initialized database without a store.</param>
    /// <param name="progress">Gets what is being done; null for nothing.</param>
    /// <exception cref="StateStoreException">The folder is damaged, or there is a store in the database. Nothing was copied.</exception>
    StoreCopyCounts ToDatabase(string folder, Func<Seal, SealKey>? unlock, StateStoreOptions to, Action<string>? progress);
}

/// <summary>
/// A copy of a store that is in a temporary folder, and not yet where it is to be. Disposing of it deletes the folder, unless that was
/// placed.
/// </summary>
public interface IStagedStoreCopy : IDisposable
{
    /// <summary>What was copied: the ID of the store, its newest change, the number of keys, the moment.</summary>
    StoreBackupHeader Header { get; }

    /// <summary>Where the store is that was copied (<see cref="IStateStore.Location"/>).</summary>
    string Source { get; }

    /// <summary>Where the copy is to be (<see cref="IStateStore.Location"/>).</summary>
    string Destination { get; }

    /// <summary>The temporary folder. It contains a whole store.</summary>
    string Folder { get; }

    /// <summary>A copy of the key that opens the seal of the store; null if it is not sealed. The caller disposes of it.</summary>
    SealKey? CopySealKey();

    /// <summary>
    /// Brings the copy, which no process has open, to where it is to be: a folder in one step, a database in one transaction, in which all
    /// is read again and verified.
    /// </summary>
    /// <param name="progress">Gets what is being done; null for nothing.</param>
    /// <returns>How much is there.</returns>
    /// <exception cref="StateStoreException">It cannot be brought there. Nothing was changed there, unless the message says
    /// otherwise.</exception>
    StoreCopyCounts Place(Action<string>? progress);
}

/// <summary>How much of a store was copied, and verified where it is now.</summary>
/// <param name="Keys">The number of keys in all Regions.</param>
/// <param name="Records">The number of records whose MAC was verified, without those of the event log.</param>
/// <param name="Events">The number of events whose chain was verified.</param>
public sealed record StoreCopyCounts(long Keys, long Records, long Events);
