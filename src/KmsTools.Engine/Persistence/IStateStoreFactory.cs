using KmsTools.Sealing;

namespace KmsTools.Persistence;

/// <summary>Opens stores. The one public class of the persistence assembly.</summary>
public interface IStateStoreFactory
{
    /// <summary>Opens the store, creating it when it does not exist.</summary>
    /// <exception cref="StateStoreException">The store cannot be opened; the message says why and what to do.</exception>
    IStateStore Open(StateStoreOptions options);

    /// <summary>Reads the files of a store in a folder without opening it, however damaged they are.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="unlock">Opens the seal of a sealed store; null if nothing does.</param>
    /// <exception cref="StateStoreException">It has no store, or others can read or change it.</exception>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be read.</exception>
    IExaminedStore Examine(string folder, Func<Seal, SealKey>? unlock);

    /// <summary>Prepares databases for shared stores.</summary>
    IStoreDatabases Databases { get; }

    /// <summary>Reads backups of stores.</summary>
    IStoreBackups Backups { get; }

    /// <summary>Copies stores.</summary>
    IStoreCopies Copies { get; }
}
