using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Cryptography;
using System.Security.Principal;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>The folder of a store and its files, readable by their owner only.</summary>
internal sealed class StoreFolder(string path)
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    private const string RootKeyName = "root.key";
    private const string NextRootKeyName = RootKeyName + "-new";
    private const string FormerRootKeyName = RootKeyName + "-old";
    private const string StateName = "state.db";
    private const string EarlierStateName = StateName + ".before-upgrade";
    private const string EventsName = "events.db";
    private const string SegmentsName = "events";
    private const string RequestsName = "requests.map";
    private const string BackupsName = "backups";
    private const string LabName = "softhsm";

    // The tickets of the web console.
    private const string ConsoleName = "console";
    private const string StagingPrefix = "new-";
    private const int StagingNameBytes = 16;
    private const string ProbePrefix = "probe-";
    private const int ProbeSize = 4096;

    private static readonly string[] s_files =
    [
        RootKeyName, NextRootKeyName, FormerRootKeyName, StateName, StateName + "-wal", StateName + "-shm", StateName + "-journal",
        EarlierStateName, EventsName, EventsName + "-wal", EventsName + "-shm", EventsName + "-journal", RequestsName,
    ];

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string RootKeyFile => InFolder(RootKeyName);

    public string StateFile => InFolder(StateName);

    /// <summary>The copy of the state while it is upgraded.</summary>
    public string EarlierStateFile => InFolder(EarlierStateName);

    public string EventsFile => InFolder(EventsName);

    public string SegmentsFolder => InFolder(SegmentsName);

    public string RequestsFile => InFolder(RequestsName);

    /// <summary>The copies of the tokens of HSMs, each in a folder named after its backup.</summary>
    public string BackupsFolder => InFolder(BackupsName);

    /// <summary>The tokens of a lab of SoftHSM that was made for the store, with their configuration.</summary>
    public string LabFolder => InFolder(LabName);

    public void Create()
    {
        if (!Directory.Exists(Path))
        {
            CreateFolder(Path);
        }
    }

    /// <summary>Creates an empty file if it does not exist. SQLite gives its -wal and -shm files the mode of the database.</summary>
    public static void CreateFile(string file)
    {
        try
        {
            // Never opens an existing file: closing a second handle of it would drop the locks that this process has on it.
            using FileStream stream = new(file, NewFile());
        }
        catch (IOException) when (File.Exists(file))
        {
        }
    }

    /// <summary>
    /// The names of the existing files and folders of a store, whatever they contain; without those of <see cref="StagingOf"/>.
    /// </summary>
    public string[] FindParts()
    {
        string[] names = [.. Directory.EnumerateFileSystemEntries(Path).Select(static entry => System.IO.Path.GetFileName(entry))];
        return
        [
            .. s_files.Append(SegmentsName).Append(BackupsName).Intersect(names, StringComparer.OrdinalIgnoreCase),
            .. names.Where(static name => IsLock(name)).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The existing files of the store and of its event log, with their paths.</summary>
    public IEnumerable<string> FindFiles() => s_files.Select(InFolder).Where(File.Exists)
        .Concat(Directory.Exists(SegmentsFolder) ? Directory.EnumerateFiles(SegmentsFolder) : []);

    /// <summary>The existing folders in that of the store, with their paths.</summary>
    public IEnumerable<string> FindFolders() =>
        ((string[])[SegmentsFolder, BackupsFolder, LabFolder]).Where(static folder => Directory.Exists(folder));

    /// <summary>Whether root.key is the only part that exists.</summary>
    public static bool IsOnlyRootKey(string[] parts) => parts is [RootKeyName];

    /// <summary>Whether there is a root key or an event log, so that state.db is, or was, that of a store.</summary>
    public bool IsOfStore =>
        File.Exists(RootKeyFile) || File.Exists(System.IO.Path.Combine(SegmentsFolder, SegmentFolder.NameOfCatalogue));

    /// <summary>The error for a folder whose state.db is the database of another application.</summary>
    public StateStoreException ForeignState() => IsOfStore
        ? new StateStoreException(
            $"'{StateFile}' is the database of another application, and the rest of a store is beside it. Nothing was changed. Put the "
                + $"'{StateName}' of the store back, or restore the whole folder from a backup.")
        {
            IsDamage = true,
        }
        : new StateStoreException(
            $"'{StateFile}' is not a KmsTools store: it is the database of another application. Choose another folder.");

    /// <summary>The error for a folder that has parts of a store without its state.</summary>
    public StateStoreException Incomplete(string[] parts)
    {
        string faults = parts.Contains(StateName, StringComparer.OrdinalIgnoreCase)
            ? $"'{StateName}' is empty"
            : $"'{StateName}' is missing";
        if (!parts.Contains(RootKeyName, StringComparer.OrdinalIgnoreCase))
        {
            faults += $" and '{RootKeyName}' is missing";
        }

        string[] there = [.. parts.Where(static part => part != StateName).Select(static part => $"'{part}'")];
        string rest = there switch
        {
            [] => "",
            [var one] => $", but {one} is there",
            [.. var first, var last] => $", but {string.Join(", ", first)} and {last} are there",
        };
        return new StateStoreException(
            $"The store in '{Path}' is not complete: {faults}{rest}. Nothing was changed. Put back what is missing, or restore the whole "
                + "folder from a "
            + "backup. To create a new store, choose another folder.")
        {
            IsDamage = true,
        };
    }

    /// <summary>
    /// The folder in which a new store is created before its files are moved to their final names. Its name is derived from the root key,
    /// of which it reveals nothing, and shows that the state.db in it belongs to root.key.
    /// </summary>
    public string StagingOf(ReadOnlySpan<byte> rootKey)
    {
        Span<byte> name = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(rootKey, "KmsTools new store"u8, name);
        return InFolder(StagingPrefix + Convert.ToHexStringLower(name[..StagingNameBytes]));
    }

    /// <summary>Removes what processes left that died while creating the store, or in <see cref="Probe"/>.</summary>
    public void RemoveLeftovers()
    {
        foreach (string probe in Directory.GetFiles(Path, ProbePrefix + "*"))
        {
            File.Delete(probe);
        }

        foreach (string staging in Directory.GetDirectories(Path, StagingPrefix + new string('?', 2 * StagingNameBytes)))
        {
            TryRemove(staging);
        }
    }

    /// <summary>Deletes a folder, or as much of it as can be deleted.</summary>
    public static void TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next process removes it.
        }
    }

    /// <summary>Creates a folder that only its owner can access.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            CreateForCurrentUser(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyFolder);
        }
    }

    /// <summary>
    /// Writes a new file. It is on the disk when the call returns; its entry in the folder is after <see cref="AtomicMove.Sync"/>.
    /// </summary>
    public static void WriteNewFile(string file, ReadOnlySpan<byte> content)
    {
        using FileStream stream = new(file, NewFile());
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Overwrites a file with zeros, on the disk: where the disk and its file system write in place, nothing else is left of it.
    /// </summary>
    public static void Overwrite(string file)
    {
        using FileStream stream = new(
            file, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
        stream.Write(new byte[stream.Length]);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Writes a file, and its entry in the folder, to the disk.</summary>
    public static void Sync(string file)
    {
        using (FileStream stream = new(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.Flush(flushToDisk: true);
        }

        AtomicMove.Sync(System.IO.Path.GetDirectoryName(file)!);
    }

    /// <summary>Reads the root.key of a store that was just created.</summary>
    /// <param name="key">32 bytes that receive it; the caller zeroes them.</param>
    /// <returns>False if it has another length.</returns>
    public bool TryReadRootKey(Span<byte> key) => new RootKeyFile(RootKeyFile).TryRead(key, out int length) && length == key.Length;

    /// <summary>Writes to the disk of the store.</summary>
    /// <exception cref="StateStoreException">The disk is full, or the folder cannot be written.</exception>
    public void Probe()
    {
        string file = InFolder(ProbePrefix + Guid.NewGuid().ToString("N"));
        try
        {
            using FileStream stream = new(file, NewFile());
            stream.Write(new byte[ProbeSize]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The folder '{Path}' of the store cannot be written: {exception.Message}", exception)
            {
                Reason = "The disk of the store cannot be written.",
            };
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Deletes the files of the store, and the folder if it is then empty.</summary>
    public void Delete()
    {
        try
        {
            foreach (string name in s_files)
            {
                File.Delete(InFolder(name));
            }

            foreach (string file in Directory.Exists(Path) ? Directory.GetFiles(Path, "*.lock") : [])
            {
                File.Delete(file);
            }

            foreach (string name in (ReadOnlySpan<string>)[SegmentsName, BackupsName, LabName, ConsoleName])
            {
                if (Directory.Exists(InFolder(name)))
                {
                    Directory.Delete(InFolder(name), recursive: true);
                }
            }

            if (Directory.Exists(Path) && !Directory.EnumerateFileSystemEntries(Path).Any())
            {
                Directory.Delete(Path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Windows keeps files that another process has open; the folder of temporary files is cleaned by the system.
        }
    }

    /// <summary>Enters a lock of the store, as <see cref="IStateStore.EnterLock"/>.</summary>
    public IDisposable? EnterLock(string name, TimeSpan limit) => FolderLock.Enter(InFolder(name + ".lock"), limit);

    // connect-<custom key store>.lock and backups.lock.
    private static bool IsLock(string name) => name == "backups.lock"
        || (name.StartsWith("connect-", StringComparison.Ordinal) && name.EndsWith(".lock", StringComparison.Ordinal));

    private string InFolder(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>How a new file is written that only its owner can access.</summary>
    public static FileStreamOptions NewFile()
    {
        // No buffer: key bytes would remain in it.
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        return options;
    }

    [SupportedOSPlatform("windows")]
    private static void CreateForCurrentUser(string path)
    {
        DirectorySecurity security = new();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        using WindowsIdentity user = WindowsIdentity.GetCurrent();
        security.AddAccessRule(
            new FileSystemAccessRule(
                user.User!,
                FileSystemRights.FullControl,
                InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit,
                PropagationFlags.None,
                AccessControlType.Allow));
        new DirectoryInfo(path).Create(security);
    }
}
