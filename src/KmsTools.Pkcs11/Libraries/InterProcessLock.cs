using System.Diagnostics;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Restricts initialization, login and object management of one token to one process at a time. SoftHSM rewrites its token file at login
/// and breaks every process that reads it at that moment. One lock per token rather than per library, so that a frozen HSM does not block
/// its neighbors: what C_Initialize reads of other tokens is never used.
/// </summary>
internal sealed class InterProcessLock(string file, string subject)
{
    /// <summary>The lock of one token.</summary>
    public static InterProcessLock OfToken(LibraryReference library, HsmToken token) => new(
        RuntimeFolder.LockFile(library.Path, $"{library.Parameters}\0{token.TokenLabel}\0{token.SerialNumber}"),
        $"token '{token.TokenLabel}'");

    /// <summary>The lock for creating tokens of a library.</summary>
    public static InterProcessLock OfLibrary(LibraryReference library) =>
        new(RuntimeFolder.LockFile(library.Path, ""), $"PKCS#11 library '{library.Path}'");

    /// <summary>The path of a file about the same token or library, to be used only by the process that holds the lock.</summary>
    /// <param name="extension">Its extension; the name otherwise begins with that of the lock file.</param>
    /// <param name="place">What tells tokens apart that have one lock; null where nothing does.</param>
    public string Beside(string extension, string? place = null) =>
        place is null ? Path.ChangeExtension(file, extension) : RuntimeFolder.FileBeside(file, place, extension);

    /// <summary>Waits for the lock. Disposing the result releases it, and so does the end of the process.</summary>
    /// <exception cref="HsmException">Unreachable: another process holds it for too long.</exception>
    public FileStream Enter(TimeSpan maxWait)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                FileStream held = new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
                if (OldLocks.IsCurrent(held, file))
                {
                    return held;
                }

                held.Dispose();
                continue;
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or DirectoryNotFoundException)
            {
                throw new HsmException(HsmFailure.Failed, $"The lock of the {subject} cannot be taken: {exception.Message}", exception);
            }
            catch (IOException exception)
            {
                if (Stopwatch.GetElapsedTime(start) > maxWait)
                {
                    throw new HsmException(HsmFailure.Unreachable, $"Another process holds the {subject} for too long.", exception);
                }
            }

            Thread.Sleep(1);
        }
    }
}
