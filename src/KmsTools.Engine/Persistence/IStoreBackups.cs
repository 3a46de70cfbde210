using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>Reads backups of stores, and makes stores from them.</summary>
public interface IStoreBackups
{
    /// <summary>Reads the head of a backup.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="StateStoreException">It is not a backup, of a later version, or damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    StoreBackupHeader ReadHeader(string path);

    /// <summary>Decrypts a backup to its end, and keeps nothing of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unlock">Opens its seal.</param>
    /// <returns>Its head, which is true.</returns>
    /// <exception cref="StateStoreException">It was not opened, or it was cut or changed.</exception>
    StoreBackupHeader Verify(string path, Func<Seal, SealKey> unlock);

    /// <summary>Makes a store from a backup in a new folder beside the one where it is to be.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">The folder where the store is to be.</param>
    /// <param name="replace">Whether a store may be there already.</param>
    /// <param name="unlock">Opens the seal of the backup.</param>
    /// <exception cref="StateStoreException">The backup was not opened, was cut or changed, or there is a store already.</exception>
    IStagedStore Unpack(string path, string folder, bool replace, Func<Seal, SealKey> unlock);
}

/// <summary>A backup that is written and verified, under a temporary name. Disposing of it deletes it, unless it was placed.</summary>
public interface IStagedBackup : IDisposable
{
    /// <summary>What its head says.</summary>
    StoreBackupHeader Header { get; }

    /// <summary>Its size in bytes.</summary>
    long Size { get; }

    /// <summary>Gives the file its name, on the disk.</summary>
    /// <exception cref="StateStoreException">The name is taken by now, and may not be replaced.</exception>
    void Place();
}

/// <summary>
/// A store that was made from a backup and is not where it is to be yet. Disposing of it deletes it, unless it was placed.
/// </summary>
public interface IStagedStore : IDisposable
{
    /// <summary>What the head of the backup says.</summary>
    StoreBackupHeader Header { get; }

    /// <summary>The folder in which it is.</summary>
    string Folder { get; }

    /// <summary>A copy of the key that opens the seal of the store, if it is sealed; the caller disposes of it.</summary>
    SealKey CopySealKey();

    /// <summary>
    /// Moves the store, which no process has open, to where it is to be, in one step. A store that is there is moved aside as a whole;
    /// processes that have it open refuse to go on.
    /// </summary>
    /// <returns>The folder in which the former store is; null if there was none.</returns>
    /// <exception cref="StateStoreException">There is a store, and it may not be replaced; or it is too busy.</exception>
    string? Place();
}
