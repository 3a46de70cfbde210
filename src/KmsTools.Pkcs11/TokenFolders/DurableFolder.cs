using KmsTools.Files;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>Folders and files that are on the disk when a call returns, readable by their owner only, and that appear as a whole.</summary>
internal static class DurableFolder
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    /// <summary>Creates a folder.</summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnlyFolder);
        }
    }

    /// <summary>Writes a new file. Its entry in the folder is durable after <see cref="AtomicMove.Sync"/>.</summary>
    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        using FileStream stream = new(file, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Moves a folder to a name that is free.</summary>
    public static void Publish(string folder, string name)
    {
        AtomicMove.MoveFolder(folder, name);
        AtomicMove.Sync(Path.GetDirectoryName(name)!);
    }

    /// <summary>Exchanges the names of two folders in one step.</summary>
    /// <returns>False where the system or the file system cannot do it.</returns>
    public static bool TryExchange(string one, string other)
    {
        if (!AtomicMove.TryExchange(one, other))
        {
            return false;
        }

        AtomicMove.Sync(Path.GetDirectoryName(one)!);
        AtomicMove.Sync(Path.GetDirectoryName(other)!);
        return true;
    }

    /// <summary>Deletes a folder, or as much of it as can be deleted.</summary>
    public static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next one deletes it.
        }
    }
}
