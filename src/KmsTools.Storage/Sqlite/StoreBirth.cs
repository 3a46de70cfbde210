using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Creates a store: only in a folder that has none of its files, and such that a crash at any point leaves nothing, or a state that the
/// next process completes. The whole store is created in a staging folder, and its files are moved from there to names that must be free:
/// root.key first, then state.db. The staging folder is named after the root key: if it exists and state.db does not, the creation was
/// interrupted; otherwise the store is damaged. All other files are created later.
/// </summary>
internal static class StoreBirth
{
    /// <summary>Creates the store, or completes its creation, unless it exists.</summary>
    /// <exception cref="StateStoreException">
    /// The folder has parts of a store without its state, or a state.db that is not a KmsTools store.
    /// </exception>
    public static void Ensure(StoreFolder folder, StateStoreOptions options, TimeSpan limit)
    {
        folder.Create();
        string[] parts = folder.FindParts();
        if (options.Temporary && parts.Length > 0)
        {
            throw new StateStoreException($"'{folder.Path}' holds a store already and would be deleted. Choose another folder.");
        }

        while (!HasState(folder))
        {
            if (parts.Length == 0)
            {
                Create(folder, options, limit);
            }
            else if (!TryComplete(folder, parts))
            {
                throw folder.Incomplete(parts);
            }

            parts = folder.FindParts();
        }

        folder.RemoveLeftovers();
    }

    // A file without a schema does not count: opened as usual, it would be filled as a new store.
    private static bool HasState(StoreFolder folder)
    {
        if (!HasContent(folder.StateFile))
        {
            return false;
        }

        try
        {
            using Database file = Database.OpenWithoutLog(folder.StateFile);
            if (Schema.State.IsOfOther(file))
            {
                throw folder.ForeignState();
            }

            Schema.State.RequireKnown(file);
            return !Schema.IsEmpty(file) || IsInLog(folder);
        }
        catch (StateStoreException exception) when (exception.InnerException is SqliteError { IsIncomplete: true })
        {
            // A checkpoint is in progress, or was interrupted, so the file is not consistent without its log. But it has a schema.
            return true;
        }
        catch (StateStoreException exception) when (exception.InnerException is SqliteError { IsNoDatabase: true } && !folder.IsOfStore)
        {
            throw new StateStoreException(
                $"'{folder.StateFile}' is not a KmsTools store (it is not a SQLite database). Choose another folder.", exception);
        }
    }

    // Earlier versions created stores in the log: until the first checkpoint the whole store is in the log alone.
    private static bool IsInLog(StoreFolder folder)
    {
        if (!HasContent(folder.StateFile + "-wal"))
        {
            return false;
        }

        try
        {
            using Database database = Database.OpenAlone(folder.StateFile);
            return !Schema.IsEmpty(database) && database.IsWhole();
        }
        catch (StateStoreException exception) when (exception.InnerException is SqliteError error)
        {
            // Another connection has the store open, so it is one.
            return SqliteError.IsBusy(error.Code);
        }
    }

    private static bool HasContent(string file) => File.Exists(file) && new FileInfo(file).Length > 0;

    private static void Create(StoreFolder folder, StateStoreOptions options, TimeSpan limit)
    {
        Span<byte> key = stackalloc byte[RootKey.Size];
        string? staging = null;
        bool isPlaced = false;
        try
        {
            RandomNumberGenerator.Fill(key);
            staging = folder.StagingOf(key);
            StoreFolder.CreateFolder(staging);
            StoreFolder staged = new(staging);
            StoreFolder.WriteNewFile(staged.RootKeyFile, key);
            CreateState(staged, key, options, limit);
            AtomicMove.Sync(staging);
            isPlaced = AtomicMove.TryMoveFile(staged.RootKeyFile, folder.RootKeyFile);
            if (isPlaced)
            {
                AtomicMove.Sync(folder.Path);
                RequireWritten(folder, key);
                MoveState(staged, folder);
            }
        }
        catch (Exception exception) when (exception is StateStoreException or IOException or UnauthorizedAccessException
            && HasContent(folder.StateFile))
        {
            // Another process has created the store or completed this one, and has removed the staging folder.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            if (staging is not null && !isPlaced)
            {
                StoreFolder.TryRemove(staging);
            }
        }
    }

    private static void CreateState(StoreFolder staged, ReadOnlySpan<byte> key, StateStoreOptions options, TimeSpan limit)
    {
        using RootKey rootKey = new(key);
        using StoreSecrets secrets = StoreSecrets.Generate();
        StoreFolder.CreateFile(staged.StateFile);
        using StateFile writer = StateFile.OpenWriter(staged.StateFile, limit);
        writer.Database.AuthenticateRows(secrets.Rows);
        writer.Upgrade(limit, rootKey, fill: () => NewStoreRows.Insert(writer, options, rootKey, secrets));

        // Only state.db itself is moved.
        writer.Database.EmptyLog();
        writer.Database.KeepLog(false);
    }

    private static void RequireWritten(StoreFolder folder, ReadOnlySpan<byte> key)
    {
        Span<byte> written = stackalloc byte[RootKey.Size];
        try
        {
            if (!folder.TryReadRootKey(written) || !CryptographicOperations.FixedTimeEquals(written, key))
            {
                throw new StateStoreException(
                    $"'{folder.RootKeyFile}' does not hold what was written to it. Nothing is encrypted with it yet. Check the disk, and "
                        + "choose another folder.");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(written);
        }
    }

    // The process that placed root.key died or is still about to place state.db.
    private static bool TryComplete(StoreFolder folder, string[] parts)
    {
        if (!StoreFolder.IsOnlyRootKey(parts))
        {
            return false;
        }

        Span<byte> key = stackalloc byte[RootKey.Size];
        try
        {
            if (folder.TryReadRootKey(key) && folder.StagingOf(key) is var staging && Directory.Exists(staging))
            {
                MoveState(new StoreFolder(staging), folder);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process has completed the store. Or root.key cannot be read, and the store is refused.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }

        return HasContent(folder.StateFile);
    }

    private static void MoveState(StoreFolder staged, StoreFolder folder)
    {
        AtomicMove.TryMoveFile(staged.StateFile, folder.StateFile);
        AtomicMove.Sync(folder.Path);
    }
}
