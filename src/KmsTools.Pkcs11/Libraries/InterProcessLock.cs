using System.Diagnostics;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Keeps initialize, login and object management of one library to one process at a time. SoftHSM rewrites its token file at login
/// and knocks out every process that reads it in that moment. One lock per library rather than per token: C_Initialize reads all tokens.
/// </summary>
internal sealed class InterProcessLock(string libraryPath)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _file = RuntimeFolder.LockFile(libraryPath);

    /// <summary>Waits for the lock. Disposing the answer releases it, and so does the end of the process.</summary>
    public FileStream Enter()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(_file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException exception)
            {
                if (Stopwatch.GetElapsedTime(start) > Patience)
                {
                    throw new HsmException(
                        HsmFailure.Unreachable, $"Another process holds the PKCS#11 library '{libraryPath}' for too long.", exception);
                }
            }

            Thread.Sleep(1);
        }
    }
}
