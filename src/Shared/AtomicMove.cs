using System.Runtime.InteropServices;

namespace KmsTools.Files;

/// <summary>
/// Moves files and folders within a file system in one step, and never onto a name that is taken. The base class library cannot: on
/// Unix its File.Move checks whether the name is free and then renames, and overwrites a file that was created in between. This source
/// is compiled into every project that needs it, because the engine, which they share, has no native code.
/// </summary>
internal static partial class AtomicMove
{
    private const int CurrentDirectory = -100;
    private const int NoSuchEntry = 2;
    private const int EntryExists = 17;

    // ERROR_FILE_EXISTS and ERROR_ALREADY_EXISTS, as HRESULTs.
    private const int WindowsFileExists = unchecked((int)0x80070050);
    private const int WindowsAlreadyExists = unchecked((int)0x800700B7);

    private enum Flag
    {
        NoReplace,
        Exchange,
    }

    /// <summary>Moves a file to a name that is free.</summary>
    /// <returns>False if the name is taken, even by a dangling link. Nothing has changed then.</returns>
    /// <exception cref="IOException">The file cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be moved.</exception>
    public static bool TryMoveFile(string file, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMoveWithoutReplacing(file, name);
        }

        return TryRename(file, name) ?? TryLink(file, name) ?? TryMoveOverReservation(file, name);
    }

    /// <summary>Moves a folder with its content to a name that is free.</summary>
    /// <exception cref="IOException">The name is taken, or the folder cannot be moved.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be moved.</exception>
    public static void MoveFolder(string folder, string name)
    {
        switch (OperatingSystem.IsWindows() ? null : TryRename(folder, name))
        {
            case false:
                throw new IOException($"'{name}' exists already.");
            case null:
                // Never replaces a folder on Windows; on other systems it replaces only an empty one.
                Directory.Move(folder, name);
                break;
        }
    }

    /// <summary>Exchanges the names of two files or folders.</summary>
    /// <returns>False if the system or the file system does not support it.</returns>
    public static bool TryExchange(string one, string other) => Rename(one, other, Flag.Exchange) == 0;

    /// <summary>Writes the entries of a folder to the disk, so that files moved into it survive a power loss.</summary>
    /// <exception cref="IOException">The folder cannot be opened or written.</exception>
    public static void Sync(string folder)
    {
        if (!TrySync(folder))
        {
            throw new IOException($"The folder '{folder}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Writes the entries of a folder to the disk.</summary>
    /// <returns>False if the folder cannot be opened: who may create files in it may lack the permission to list them.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static bool TrySync(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            // NTFS journals its folders.
            return true;
        }

        int descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            return false;
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw new IOException($"The folder '{folder}' cannot be written to the disk: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            return true;
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    // Null: neither moved nor taken, so the next method is tried. The last method throws the error.
    private static bool? TryRename(string from, string to) => Rename(from, to, Flag.NoReplace) switch
    {
        0 => true,
        EntryExists => false,
        NoSuchEntry => throw NotThere(from, to),
        _ => null,
    };

    // For file systems without such a rename (NFS, many in user space), and for musl.
    private static bool? TryLink(string file, string name)
    {
        if (Link(file, name) == 0)
        {
            File.Delete(file);
            return true;
        }

        return Marshal.GetLastPInvokeError() switch
        {
            EntryExists => false,
            NoSuchEntry => throw NotThere(file, name),
            _ => null,
        };
    }

    // For file systems without hard links as well: once this call has created the name, no other call gets it, and it may be replaced.
    private static bool TryMoveOverReservation(string file, string name)
    {
        try
        {
            using FileStream reservation = new(name, FileMode.CreateNew, FileAccess.Write);
        }
        catch (IOException exception) when (exception.HResult == EntryExists)
        {
            return false;
        }

        try
        {
            File.Move(file, name, overwrite: true);
            return true;
        }
        catch
        {
            if (new FileInfo(name) is { Exists: true, Length: 0 })
            {
                File.Delete(name);
            }

            throw;
        }
    }

    private static bool TryMoveWithoutReplacing(string file, string name)
    {
        try
        {
            File.Move(file, name, overwrite: false);
            return true;
        }
        catch (IOException exception) when (exception.HResult is WindowsFileExists or WindowsAlreadyExists)
        {
            return false;
        }
    }

    private static FileNotFoundException NotThere(string from, string to) =>
        new($"'{from}' cannot be moved to '{to}': it does not exist.", from);

    /// <returns>0, or the value of errno; -1 if there is no such call.</returns>
    private static int Rename(string from, string to, Flag flag)
    {
        try
        {
            int result = OperatingSystem.IsLinux()
                ? RenameAt2(CurrentDirectory, from, CurrentDirectory, to, flag == Flag.NoReplace ? 1u : 2u)
                : OperatingSystem.IsMacOS() ? RenameX(from, to, flag == Flag.NoReplace ? 4u : 2u)
                : -1;
            return result == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "renamex_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameX(string from, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
