using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Backups;
using KmsTools.Storage.Copying;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>Opens stores in folders, and those that several machines share.</summary>
public sealed class StoreFactory : IStateStoreFactory
{
    /// <inheritdoc/>
    public IStoreBackups Backups { get; } = new StoreBackupFiles();

    /// <inheritdoc/>
    public IStoreDatabases Databases { get; } = new StoreDatabases();

    /// <inheritdoc/>
    public IStoreCopies Copies => new StoreCopies(Open);

    /// <inheritdoc/>
    public IStateStore Open(StateStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Shared is null ? SqliteStateStore.Open(options) : PostgreSqlStateStore.Open(options);
    }

    /// <inheritdoc/>
    public IExaminedStore Examine(string folder, Func<Seal, SealKey>? unlock) => ExaminedStore.Open(folder, unlock);
}
