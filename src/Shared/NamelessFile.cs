using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Files;

/// <summary>
/// Files in a folder that have no name yet (Linux, open(2), O_TMPFILE): the system frees them when their process ends, however it ends.
/// </summary>
internal static partial class NamelessFile
{
    private const int CurrentDirectory = -100;
    private const int FollowLinks = 0x400;
    private const int WriteOnly = 0x1;
    private const int CloseOnExec = 0x80000;
    private const int NoName = 0x400000;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int EntryExists = 17;

    // The part of O_TMPFILE that older systems read as "a folder", and refuse: its value depends on the processor.
    private static readonly int s_folder = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le ? 0x4000 : 0x10000;

    /// <summary>Creates one that can be written.</summary>
    /// <param name="folder">The folder in which it may get a name.</param>
    /// <param name="mode">Its permissions, less those that the umask of the process takes away.</param>
    /// <returns>Null where the system or the file system has no such files, or the folder cannot be written to.</returns>
    public static SafeFileHandle? TryCreate(string folder, UnixFileMode mode)
    {
        // Names are given through /proc.
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fd"))
        {
            return null;
        }

        int descriptor = Open(folder, NoName | s_folder | WriteOnly | CloseOnExec, (uint)mode);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Gives the file a name in its folder.</summary>
    /// <returns>False if the name is taken, even by a dangling link.</returns>
    /// <exception cref="IOException">The disk is full, or the folder is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static bool TryName(SafeFileHandle file, string name)
    {
        string unnamed = $"/proc/self/fd/{file.DangerousGetHandle()}";
        if (Link(CurrentDirectory, unnamed, CurrentDirectory, name, FollowLinks) == 0)
        {
            return true;
        }

        string message = $"The file '{name}' cannot be created: {Marshal.GetLastPInvokeErrorMessage()}.";
        return Marshal.GetLastPInvokeError() switch
        {
            EntryExists => false,
            NotPermitted or AccessDenied => throw new UnauthorizedAccessException(message),
            _ => throw new IOException(message),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(int fromFolder, string from, int toFolder, string to, int flags);
}
