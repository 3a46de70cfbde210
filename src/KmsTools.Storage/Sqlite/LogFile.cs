using System.Runtime.InteropServices;
using KmsTools.Persistence;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// The write-ahead log of a file, to sync it without the lock of the file. SQLite takes no locks on the log, so a descriptor of it
/// may be closed, and it is not replaced while a connection is open.
/// </summary>
internal sealed unsafe class LogFile(string file) : IDisposable
{
    // Not by the name of the C library, whose own symbol would pass over one that was preloaded.
    private static readonly delegate* unmanaged[Cdecl]<int, int> s_syncData = OperatingSystem.IsLinux()
        && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "fdatasync", out nint address)
            ? (delegate* unmanaged[Cdecl]<int, int>)address
            : null;

    private readonly SafeFileHandle _handle = File.OpenHandle(
        file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Its length in bytes.</summary>
    public long Length => RandomAccess.GetLength(_handle);

    /// <summary>Waits until the disk has everything that was written to the log before the call.</summary>
    /// <exception cref="StateStoreException">It cannot be written.</exception>
    public void Sync()
    {
        try
        {
            if (s_syncData is null)
            {
                // With F_FULLFSYNC on macOS.
                RandomAccess.FlushToDisk(_handle);
            }
            else
            {
                SyncData();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(
                $"'{file}' could not be written to the disk: {exception.Message} Whether the last change is saved is not known. "
                    + "Check the disk.",
                exception);
        }
    }

    public void Dispose() => _handle.Dispose();

    // The size of the log is written too, its times are not.
    private void SyncData()
    {
        bool isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld);
            if (s_syncData((int)_handle.DangerousGetHandle()) != 0)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError()) + ".");
            }
        }
        finally
        {
            if (isHeld)
            {
                _handle.DangerousRelease();
            }
        }
    }
}
