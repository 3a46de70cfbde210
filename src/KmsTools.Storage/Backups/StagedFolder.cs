using System.Globalization;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Backups;

/// <summary>How messages call what makes a store in a <see cref="StagedFolder"/>.</summary>
/// <param name="Done">What was done, such as "restored".</param>
/// <param name="Advice">What to do where there is a store already.</param>
internal sealed record StagingWords(string Done, string Advice)
{
    public static StagingWords Restore { get; } = new("restored", "Choose a new folder, or replace the store.");

    public static StagingWords Copy { get; } = new("copied", "Choose a new folder.");
}

/// <summary>
/// A folder in which a store is made, beside the one where it is to be, such as <c>lab.restoring-</c> and 32 digits for <c>lab</c>. A lock
/// beside them keeps two processes apart, so that whatever else has such a name was left by a process that was killed.
/// </summary>
internal sealed class StagedFolder : ISnapshotWriter, IDisposable
{
    private const string StagingSuffix = ".restoring-";
    private const string LockSuffix = ".restoring.lock";
    private const string FormerSuffix = ".before-restore-";

    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    private readonly string _target;
    private readonly bool _replaces;
    private readonly StagingWords _words;
    private readonly FileStream _lock;
    private bool _isDisposed;

    private StagedFolder(string target, bool replace, StagingWords words, FileStream held)
    {
        _target = target;
        _replaces = replace;
        _words = words;
        _lock = held;
        Files = new StoreFolder(target + StagingSuffix + Guid.NewGuid().ToString("N"));
    }

    /// <summary>The store that is made.</summary>
    public StoreFolder Files { get; }

    private string Folder => Files.Path;

    /// <summary>Makes the folder.</summary>
    /// <param name="folder">Where the store is to be.</param>
    /// <param name="replace">Whether a store may be there.</param>
    /// <param name="words">What makes it.</param>
    /// <exception cref="StateStoreException">Another process makes one there, or there is something that may not be replaced.</exception>
    public static StagedFolder Begin(string folder, bool replace, StagingWords words)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Require(target, replace, words);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        StagedFolder staged = new(target, replace, words, Lock(target, words));
        try
        {
            foreach (string left in Directory.GetDirectories(
                Path.GetDirectoryName(target)!, Path.GetFileName(target) + StagingSuffix + new string('?', 32)))
            {
                Discard(left);
            }

            StoreFolder.CreateFolder(staged.Folder);
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    /// <summary>Creates a file of the store. It is on the disk when the stream is closed.</summary>
    /// <param name="parts">The parts of its path in the folder.</param>
    public Stream Create(string[] parts)
    {
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

    public void AddFile(string name, Stream content, long length)
    {
        using Stream file = Create(name.Split('/'));
        byte[] buffer = new byte[256 * 1024];
        for (long rest = length; rest > 0;)
        {
            int read = content.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, rest)));
            if (read == 0)
            {
                throw new EndOfStreamException($"'{name}' has become shorter.");
            }

            file.Write(buffer.AsSpan(0, read));
            rest -= read;
        }
    }

    public void AddFile(string name, ReadOnlySpan<byte> content)
    {
        using Stream file = Create(name.Split('/'));
        file.Write(content);
    }

    /// <summary>Writes the entries of all folders to the disk.</summary>
    public void Sync()
    {
        foreach (string folder in Directory.GetDirectories(Folder, "*", SearchOption.AllDirectories).Append(Folder))
        {
            AtomicMove.Sync(folder);
        }
    }

    /// <summary>Moves the store, which no process has open, to where it is to be, as <see cref="IStagedStore.Place"/>.</summary>
    /// <returns>The folder in which the former store is; null if there was none.</returns>
    /// <exception cref="StateStoreException">There is a store, and it may not be replaced; or it is too busy.</exception>
    public string? Place()
    {
        try
        {
            Require(_target, _replaces, _words);
            return PlaceIn(Path.GetDirectoryName(_target)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The store cannot be {_words.Done} to '{_target}': {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (Directory.Exists(Folder))
        {
            Discard(Folder);
        }

        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    // The root key first, so that nothing of it is left where the disk writes in place.
    private static void Discard(string folder)
    {
        try
        {
            string rootKey = new StoreFolder(folder).RootKeyFile;
            if (File.Exists(rootKey))
            {
                StoreFolder.Overwrite(rootKey);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is deleted all the same, or by the next process.
        }

        StoreFolder.TryRemove(folder);
    }

    private static bool IsFree(string target) =>
        !Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Any();

    private static void Require(string target, bool replace, StagingWords words)
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
                $"The folder '{target}' has other files than those of a store. Nothing was {words.Done}. Choose a new folder.");
        }

        if (!replace)
        {
            throw new StateStoreException(
                $"There is a store in '{target}' already. Nothing was {words.Done}. {words.Advice}");
        }
    }

    private static FileStream Lock(string target, StagingWords words)
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
                $"Another process is restoring or copying a store to '{target}'. Nothing was {words.Done}. Wait until it ends.", exception);
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
