using System.Runtime.InteropServices;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>Folders and files that are on the disk when a call returns, readable by their owner only, and that appear as a whole.</summary>
internal static partial class DurableFolder
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyFolder = OwnerOnlyFile | UnixFileMode.UserExecute;

    private const int CurrentDirectory = -100;
    private const uint Exchange = 2;
    private const uint Swap = 2;

    /// <summary>Makes a folder.</summary>
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

    /// <summary>Writes a new file. Its entry in the folder is there for good after <see cref="Sync"/>.</summary>
    public static void Write(string file, ReadOnlySpan<byte> content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        using var stream = new FileStream(file, options);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Has the entries of a folder on the disk.</summary>
    public static void Sync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            // NTFS journals its folders.
            return;
        }

        int descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"The folder '{folder}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw new IOException($"The folder '{folder}' cannot be written to the disk: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Moves a folder to a name that is free.</summary>
    public static void Publish(string folder, string name)
    {
        Directory.Move(folder, name);
        Sync(Path.GetDirectoryName(name)!);
    }

    /// <summary>Lets two folders change their names in one step.</summary>
    /// <returns>False where the system or the file system cannot do it.</returns>
    public static bool TryExchange(string one, string other)
    {
        try
        {
            int result = OperatingSystem.IsLinux() ? RenameAt2(CurrentDirectory, one, CurrentDirectory, other, Exchange)
                : OperatingSystem.IsMacOS() ? RenameX(one, other, Swap)
                : -1;
            if (result == 0)
            {
                Sync(Path.GetDirectoryName(one)!);
                Sync(Path.GetDirectoryName(other)!);
            }

            return result == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
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

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int oneFolder, string one, int otherFolder, string other, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameX(string one, string other, uint flags);
}
