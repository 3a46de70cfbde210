using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Protects the file descriptors of this process from a module. openCryptoki closes, at each C_Finalize after the first, a number that it
/// has closed before, and that may belong to a database or a socket by then. So the numbers that a C_Finalize closes are kept occupied
/// until the next one has shown whether it closes them again. On Linux only.
/// </summary>
/// <remarks>Used by one thread at a time.</remarks>
internal sealed partial class DescriptorGuard
{
    private const int DuplicateFrom = 1030; // F_DUPFD_CLOEXEC
    private const int GetFlags = 1; // F_GETFD
    private const uint CloseOnExec = 1; // MFD_CLOEXEC
    private const string Placeholder = "kmstools-placeholder";

    private readonly HashSet<int> _occupied = [];

    /// <summary>Runs code that calls C_Finalize.</summary>
    public void Run(Action finalize)
    {
        if (!OperatingSystem.IsLinux())
        {
            finalize();
            return;
        }

        // Opened now, so that it does not get one of the numbers that become free. A file of its own: openCryptoki goes on to lock the
        // number that it has closed (flock), and waits for whoever has locked the same file.
        using SafeFileHandle placeholder = new(CreateMemoryFile(Placeholder, CloseOnExec), ownsHandle: true);
        HashSet<int> before = Open();
        before.ExceptWith(_occupied);
        finalize();
        int[] closedAgain = [.. _occupied.Where(static number => !IsOpen(number))];
        foreach (int number in _occupied.Except(closedAgain).Where(IsPlaceholder))
        {
            _ = Close(number);
        }

        _occupied.Clear();
        foreach (int number in before.Where(static number => !IsOpen(number)).Concat(closedAgain))
        {
            Occupy(number, placeholder);
        }
    }

    private void Occupy(int number, SafeFileHandle placeholder)
    {
        int taken = Control((int)placeholder.DangerousGetHandle(), DuplicateFrom, number);
        if (taken == number)
        {
            _occupied.Add(number);
        }
        else if (taken >= 0)
        {
            // Other code was faster.
            _ = Close(taken);
        }
    }

    private static HashSet<int> Open()
    {
        string[] listed = Directory.GetFileSystemEntries("/proc/self/fd");

        // The listing has a descriptor too, which is closed by now.
        return [.. listed.Select(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Where(IsOpen)];
    }

    // A number that a module has closed at another time may belong to other code by now.
    private static bool IsPlaceholder(int number) =>
        new FileInfo($"/proc/self/fd/{number}").LinkTarget?.StartsWith($"/memfd:{Placeholder}", StringComparison.Ordinal) == true;

    private static bool IsOpen(int number) => Control(number, GetFlags, 0) >= 0;

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int number, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int number);
}
