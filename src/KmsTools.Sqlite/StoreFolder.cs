using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Cryptography;
using System.Security.Principal;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Sqlite;

/// <summary>The folder of a store and its files, readable by their owner only.</summary>
internal sealed class StoreFolder(string path)
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    public string RootKeyFile => InFolder("root.key");

    public string StateFile => InFolder("state.db");

    public string EventsFile => InFolder("events.db");

    public string RequestsFile => InFolder("requests.map");

    public void Create()
    {
        if (Directory.Exists(Path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            CreateForCurrentUser(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, OwnerOnlyFolder);
        }
    }

    /// <summary>Creates an empty file when there is none. SQLite gives its -wal and -shm files the mode of the database.</summary>
    public static void CreateFile(string file)
    {
        try
        {
            // Never opens a file that exists: closing a second handle of it would drop the locks that this process has on it.
            using var stream = new FileStream(file, NewFile());
        }
        catch (IOException) when (File.Exists(file))
        {
        }
    }

    /// <summary>
    /// Makes the root key unless the file exists. Complete or absent at any moment: of two processes that create the store at once,
    /// one links its file and both read it.
    /// </summary>
    public void CreateRootKey()
    {
        if (File.Exists(RootKeyFile))
        {
            return;
        }

        string temporary = $"{RootKeyFile}.{Guid.NewGuid():N}";
        Span<byte> key = stackalloc byte[RootKey.Size];
        try
        {
            RandomNumberGenerator.Fill(key);
            using (var stream = new FileStream(temporary, NewFile()))
            {
                stream.Write(key);
                stream.Flush(flushToDisk: true);
            }

            // Without overwriting, .NET links and unlinks on Unix. The entry in the directory is synced together with that of
            // state.db-wal, before the first commit that needs the key.
            File.Move(temporary, RootKeyFile, overwrite: false);
        }
        catch (IOException) when (File.Exists(RootKeyFile))
        {
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            File.Delete(temporary);
        }
    }

    public RootKey ReadRootKey()
    {
        if (!File.Exists(RootKeyFile))
        {
            throw new StateStoreException(
                $"'{RootKeyFile}' is missing. Nothing in this store can be decrypted without it. Restore it from a backup.");
        }

        Span<byte> key = stackalloc byte[RootKey.Size + 1];
        try
        {
            using FileStream stream = new(
                RootKeyFile, new FileStreamOptions { BufferSize = 0, Share = FileShare.ReadWrite | FileShare.Delete });
            int length = stream.ReadAtLeast(key, key.Length, throwOnEndOfStream: false);
            return length == RootKey.Size
                ? new RootKey(key[..RootKey.Size])
                : throw new StateStoreException($"'{RootKeyFile}' is damaged: it must have 32 bytes. Restore it from a backup.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Deletes the files of the store, and the folder when nothing else is in it.</summary>
    public void Delete()
    {
        string[] files =
        [
            RootKeyFile, StateFile, StateFile + "-wal", StateFile + "-shm", EventsFile, EventsFile + "-wal", EventsFile + "-shm",
            RequestsFile,
        ];
        try
        {
            foreach (string file in files)
            {
                File.Delete(file);
            }

            foreach (string file in Directory.Exists(Path) ? Directory.GetFiles(Path, "*.lock") : [])
            {
                File.Delete(file);
            }

            if (Directory.Exists(InFolder("backups")))
            {
                Directory.Delete(InFolder("backups"), recursive: true);
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

    private string InFolder(string name) => System.IO.Path.Combine(Path, name);

    private static FileStreamOptions NewFile()
    {
        // No buffer: key bytes would stay in it.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        return options;
    }

    [SupportedOSPlatform("windows")]
    private static void CreateForCurrentUser(string path)
    {
        var security = new DirectorySecurity();
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
