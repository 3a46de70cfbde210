namespace KmsTools.Persistence;

/// <summary>Opens stores. The one public class of the persistence assembly.</summary>
public interface IStateStoreFactory
{
    /// <summary>Opens the store, creating it when it does not exist.</summary>
    /// <exception cref="StateStoreException">The store cannot be opened; the message says why and what to do.</exception>
    IStateStore Open(StateStoreOptions options);

    /// <summary>Prepares databases for shared stores.</summary>
    IStoreDatabases Databases { get; }

    /// <summary>Reads backups of stores.</summary>
    IStoreBackups Backups { get; }

    /// <summary>Copies stores.</summary>
    IStoreCopies Copies { get; }
}
