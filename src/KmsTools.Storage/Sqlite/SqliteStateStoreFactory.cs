using KmsTools.Persistence;
using KmsTools.Storage.Backups;

namespace KmsTools.Storage.Sqlite;

/// <summary>Opens SQLite stores in folders.</summary>
public sealed class SqliteStateStoreFactory : IStateStoreFactory
{
    /// <inheritdoc/>
    public IStoreBackups Backups { get; } = new StoreBackupFiles();

    /// <inheritdoc/>
    public IStateStore Open(StateStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return SqliteStateStore.Open(options);
    }
}
