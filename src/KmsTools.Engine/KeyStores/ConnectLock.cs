namespace KmsTools.KeyStores;

/// <summary>
/// Lets one process of all on a store log in to the HSMs of a custom key store on behalf of all, so that a wrong password is offered
/// once and two changes of a password do not cross. The system frees it when the process dies.
/// </summary>
internal sealed class ConnectLock : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    // Long enough to cost nothing, short beside a login.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private ConnectLock(FileStream file) => _file = file;

    /// <summary>Waits until nobody else has the lock.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="customKeyStoreId">The custom key store, which exists: its ID becomes part of a file name.</param>
    /// <exception cref="HsmException">Unreachable: another process has had it for ten minutes.</exception>
    public static ConnectLock Enter(string folder, string customKeyStoreId) => EnterFile(
        Path.Combine(folder, $"connect-{customKeyStoreId}.lock"),
        $"Another process has been connecting custom key store {customKeyStoreId} for ten minutes.");

    /// <summary>Waits until nobody else makes, restores or removes a backup.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <exception cref="HsmException">Unreachable: another process has done so for ten minutes.</exception>
    public static ConnectLock EnterBackups(string folder) => EnterFile(
        Path.Combine(folder, "backups.lock"), "Another process has been working with backups for ten minutes.");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static ConnectLock EnterFile(string path, string tooLong)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return new ConnectLock(new FileStream(path, options));
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (Environment.TickCount64 - start > LongestWait.TotalMilliseconds)
                {
                    throw new HsmException(HsmFailure.Unreachable, tooLong, e);
                }

                Thread.Sleep(Pause);
            }
        }
    }
}
