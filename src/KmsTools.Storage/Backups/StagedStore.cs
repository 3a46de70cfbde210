using System.Globalization;
using System.Security.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Backups;

/// <summary>
/// A store that is made from a backup in a folder beside the one where it is to be, such as <c>lab.restoring-</c> and 32 digits for
/// <c>lab</c>. A lock beside them keeps two restores apart, so that whatever else has such a name was left by a process that was killed.
/// </summary>
internal sealed class StagedStore : IStagedStore
{
    private const string StagingSuffix = ".restoring-";
    private const string LockSuffix = ".restoring.lock";
    private const string FormerSuffix = ".before-restore-";
    private const int MaxRootKey = 64 * 1024;

    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    private readonly string _target;
    private readonly bool _replaces;
    private readonly BackupHead _head;
    private readonly SealKey _key;
    private readonly FileStream _lock;
    private readonly StoreFolder _staging;
    private readonly byte[] _rootKey = GC.AllocateArray<byte>(MaxRootKey, pinned: true);
    private int _rootKeyLength = -1;
    private bool _isDisposed;

    private StagedStore(string target, bool replace, BackupHead head, SealKey key, FileStream held)
    {
        _target = target;
        _replaces = replace;
        _head = head;
        _key = key;
        _lock = held;
        _staging = new StoreFolder(target + StagingSuffix + Guid.NewGuid().ToString("N"));
    }

    public StoreBackupHeader Header => _head.Header;

    public string Folder => _staging.Path;

    /// <summary>Makes the folder.</summary>
    /// <param name="folder">Where the store is to be.</param>
    /// <param name="replace">Whether a store may be there.</param>
    /// <param name="head">The head of the backup.</param>
    /// <param name="key">The key of its seal, which is taken over.</param>
    public static StagedStore Begin(string folder, bool replace, BackupHead head, SealKey key)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Require(target, replace);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        StagedStore store = new(target, replace, head, key, Lock(target));
        try
        {
            foreach (string left in Directory.GetDirectories(
                Path.GetDirectoryName(target)!, Path.GetFileName(target) + StagingSuffix + new string('?', 32)))
            {
                StoreFolder.TryRemove(left);
            }

            StoreFolder.CreateFolder(store.Folder);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Creates a file of the store.</summary>
    /// <param name="name">Its name in the backup.</param>
    /// <param name="length">Its length.</param>
    /// <returns>What takes its bytes.</returns>
    /// <exception cref="StateStoreException">No store has such a file.</exception>
    public Stream Create(string name, long length)
    {
        // The parts of a name were chosen by whoever knows what opens the backup; they lead nowhere else all the same.
        string[] parts = name.Split('/');
        if (parts.Any(static part => part is "" or "." or ".." || part.AsSpan().IndexOfAny('\\', ':', '\0') >= 0))
        {
            throw new StateStoreException($"The backup has a file '{name}', which no store has. Nothing was restored.");
        }

        if (name == Path.GetFileName(_staging.RootKeyFile))
        {
            if (length > MaxRootKey)
            {
                throw new StateStoreException("The root key in the backup is too long. Nothing was restored.");
            }

            // Not written before it is known how.
            _rootKeyLength = (int)length;
            return new MemoryStream(_rootKey, 0, MaxRootKey, writable: true);
        }

        string folder = Folder;
        foreach (string part in parts[..^1])
        {
            folder = Path.Combine(folder, part);
            if (!Directory.Exists(folder))
            {
                StoreFolder.CreateFolder(folder);
            }
        }

        return new SyncedFile(Path.Combine(folder, parts[^1]));
    }

    /// <summary>Writes root.key, sealed by what opens the backup if the store was sealed. All is on the disk when the call returns.</summary>
    public void Complete()
    {
        if (_rootKeyLength < 0 || !File.Exists(_staging.StateFile))
        {
            throw new StateStoreException("The backup does not contain a whole store. Nothing was restored.");
        }

        ReadOnlySpan<byte> rootKey = _rootKey.AsSpan(0, _rootKeyLength);
        StoreFolder.WriteNewFile(
            _staging.RootKeyFile, Header.IsSealed ? SealedRootKey.Wrap(_head.Seal, _key, [], rootKey) : rootKey);
        CryptographicOperations.ZeroMemory(_rootKey);
        foreach (string folder in Directory.GetDirectories(Folder, "*", SearchOption.AllDirectories).Append(Folder))
        {
            AtomicMove.Sync(folder);
        }
    }

    public SealKey CopySealKey() => _key.Copy();

    public string? Place()
    {
        try
        {
            Require(_target, _replaces);
            return PlaceIn(Path.GetDirectoryName(_target)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The store cannot be restored to '{_target}': {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_rootKey);
        _key.Dispose();
        if (Directory.Exists(Folder))
        {
            StoreFolder.TryRemove(Folder);
        }

        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    private static bool IsFree(string target) =>
        !Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any();

    private static void Require(string target, bool replace)
    {
        if (File.Exists(target))
        {
            throw new StateStoreException($"'{target}' is a file. Name a folder.");
        }

        if (IsFree(target))
        {
            return;
        }

        if (new StoreFolder(target).FindParts().Length == 0)
        {
            throw new StateStoreException(
                $"The folder '{target}' has other files than those of a store. Nothing was restored. Choose a new folder.");
        }

        if (!replace)
        {
            throw new StateStoreException(
                $"There is a store in '{target}' already. Nothing was restored. Choose a new folder, or replace the store.");
        }
    }

    private static FileStream Lock(string target)
    {
        FileStreamOptions options = StoreFolder.NewFile();
        options.Mode = FileMode.OpenOrCreate;
        options.Access = FileAccess.ReadWrite;
        options.Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
        try
        {
            return new FileStream(target + LockSuffix, options);
        }
        catch (IOException exception) when (File.Exists(target + LockSuffix))
        {
            throw new StateStoreException(
                $"Another process is restoring a store to '{target}'. Nothing was restored. Wait until it ends.", exception);
        }
    }

    private string? PlaceIn(string parent)
    {
        if (IsFree(_target))
        {
            if (Directory.Exists(_target))
            {
                Directory.Delete(_target);
            }

            AtomicMove.MoveFolder(Folder, _target);
            AtomicMove.TrySync(parent);
            return null;
        }

        string time = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        string former = _target + FormerSuffix + time;
        for (int number = 2; Directory.Exists(former); number++)
        {
            former = string.Create(CultureInfo.InvariantCulture, $"{_target}{FormerSuffix}{time}-{number}");
        }

        using Database? held = HoldFormer();
        try
        {
            // The restored store gets the name that the former one is to have before the two exchange: what has the name of a folder that
            // is being restored may be deleted by the next process.
            AtomicMove.MoveFolder(Folder, former);
            if (!AtomicMove.TryExchange(former, _target))
            {
                AtomicMove.MoveFolder(former, Folder);
                AtomicMove.MoveFolder(_target, former);
                MoveOrPutBack(former);
            }

            AtomicMove.TrySync(parent);
            return former;
        }
        finally
        {
            held?.RollBack();
        }
    }

    private void MoveOrPutBack(string former)
    {
        try
        {
            AtomicMove.MoveFolder(Folder, _target);
        }
        catch
        {
            AtomicMove.MoveFolder(former, _target);
            throw;
        }
    }

    // Who changes the former store has answered before, or looks at its folder afterwards.
    private Database? HoldFormer()
    {
        Database? former = null;
        try
        {
            former = new Database(new StoreFolder(_target).StateFile);
            former.KeepLog(true);
            former.BeginImmediate(s_busyLimit);
            return former;
        }
        catch (StateStoreException exception) when (exception.InnerException is SqliteError error && SqliteError.IsBusy(error.Code))
        {
            former?.Dispose();
            throw;
        }
        catch (StateStoreException)
        {
            // Damaged or missing, which may be why it is replaced: no process changes it.
            former?.Dispose();
            return null;
        }
    }

    // On the disk when it is closed.
    private sealed class SyncedFile(string path) : FileStream(path, StoreFolder.NewFile())
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing && CanWrite)
            {
                Flush(flushToDisk: true);
            }

            base.Dispose(disposing);
        }
    }
}
