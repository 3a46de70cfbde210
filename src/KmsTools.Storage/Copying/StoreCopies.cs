using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Backups;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Copying;

/// <summary>
/// Copies stores. Every copy is first made in a folder, in which it can be opened, verified and written to as any other store.
/// </summary>
/// <param name="open">Opens stores.</param>
internal sealed class StoreCopies(Func<StateStoreOptions, IStateStore> open) : IStoreCopies
{
    private const string LockName = "backups";
    private const string FolderName = "copy";

    private static readonly TimeSpan s_busyLimit = TimeSpan.FromMinutes(10);

    public IStagedStoreCopy Begin(StateStoreOptions from, StateStoreOptions to, Action<string>? progress)
    {
        RequireStore(from);
        RequireOutside(from, to);
        using IStateStore source = open(@from with { OnlyExisting = true, Temporary = false, EventSink = null });
        using IDisposable held = source.EnterLock(LockName, s_busyLimit)
            ?? throw new StateStoreException(
                "Another process has been working with backups for ten minutes. Nothing was copied. Try again.");
        DatabaseImport? database = null;
        StagedFolder? folder = null;
        try
        {
            string? at = null;
            if (to.Shared is not null)
            {
                database = DatabaseImport.Begin(to, progress);
                if (source.ReadSeal() is null)
                {
                    database.RequireNewRootKeyFile();
                }

                new StoreFolder(to.Folder).Create();
                at = Path.Combine(to.Folder, FolderName);
            }

            folder = StagedFolder.Begin(at ?? to.Folder, replace: false, StagingWords.Copy);
            using RootKeyCopy rootKey = RootKeyCopy.Begin(source, folder);
            StoreBackupHeader header = Write(source, folder, rootKey, progress);
            return new StagedStoreCopy(
                folder,
                header,
                source.Location,
                database?.Location ?? Path.TrimEndingDirectorySeparator(Path.GetFullPath(to.Folder)),
                rootKey.CopySealKey(),
                database);
        }
        catch (Exception exception)
        {
            folder?.Dispose();
            database?.Dispose();
            throw exception is IOException or UnauthorizedAccessException
                ? new StateStoreException($"The store '{source.Location}' cannot be copied: {exception.Message}", exception)
                : exception;
        }
    }

    public void RequireDestination(StateStoreOptions to, bool isSealed)
    {
        using DatabaseImport database = DatabaseImport.Begin(to, progress: null);
        if (!isSealed)
        {
            database.RequireNewRootKeyFile();
        }

        new StoreFolder(to.Folder).Create();
    }

    public StoreCopyCounts ToDatabase(string folder, Func<Seal, SealKey>? unlock, StateStoreOptions to, Action<string>? progress)
    {
        using DatabaseImport database = DatabaseImport.Begin(to, progress);
        new StoreFolder(to.Folder).Create();
        return database.Run(new StoreFolder(folder), unlock);
    }

    private static StoreBackupHeader Write(IStateStore source, StagedFolder folder, RootKeyCopy rootKey, Action<string>? progress)
    {
        if (source is PostgreSqlStateStore database)
        {
            return DatabaseExport.Write(database.Source, folder, rootKey, progress);
        }

        progress?.Invoke("Copying files");
        using StoreSnapshot snapshot = StoreSnapshot.Take(
            ((SqliteStateStore)source).Source, DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
        if (snapshot.Header.IsSealed != rootKey.IsSealed)
        {
            throw RootKeyCopy.IsBeingSealed();
        }

        snapshot.WriteTo(rootKey);
        folder.Sync();
        return snapshot.Header;
    }

    // Whoever opens a folder without a store makes one.
    private static void RequireStore(StateStoreOptions from)
    {
        if (from.Shared is null && !DefaultStore.IsStore(from.Folder))
        {
            throw new StateStoreException($"There is no store in '{Path.GetFullPath(from.Folder)}'. Nothing was copied.");
        }
    }

    private static void RequireOutside(StateStoreOptions from, StateStoreOptions to)
    {
        string source = Path.TrimEndingDirectorySeparator(Path.GetFullPath(from.Folder));
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(to.Folder));
        if (from.Shared is null && to.Shared is null
            && (target + Path.DirectorySeparatorChar).StartsWith(source + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new StateStoreException(target == source
                ? $"There is a store in '{target}' already. Nothing was copied. Choose a new folder."
                : $"'{target}' is in the folder of the store that is copied. Nothing was copied. Choose another folder.");
        }
    }
}
