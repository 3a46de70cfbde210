namespace KmsTools.KeyStores;

/// <summary>
/// Lets only one process on a store do what two must not do at once: log in to the HSMs of a custom key store on behalf of all,
/// so that a wrong password is offered once and two changes of a password do not interfere; or work with backups. A file in the folder of
/// the store is locked, and the system frees it when the process dies.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    // Long enough to cost nothing, short compared with a login.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <summary>Waits until no other process connects a custom key store, or changes its password.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="customKeyStoreId">The custom key store, which must exist: its ID becomes part of a file name.</param>
    /// <exception cref="HsmException">Unreachable: another process has held the lock for ten minutes.</exception>
    public static StoreLock EnterKeyStore(string folder, string customKeyStoreId) => EnterFile(
        Path.Combine(folder, $"connect-{customKeyStoreId}.lock"),
        $"Another process has been connecting custom key store {customKeyStoreId} for ten minutes.");

    /// <summary>Waits until no other process creates, restores or removes a backup.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <exception cref="HsmException">Unreachable: another process has been doing so for ten minutes.</exception>
    public static StoreLock EnterBackups(string folder) => EnterFile(
        Path.Combine(folder, "backups.lock"), "Another process has been working with backups for ten minutes.");

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static StoreLock EnterFile(string path, string tooLong)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return new StoreLock(new FileStream(path, options));
            }
            catch (IOException exception)
                when (exception is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (Environment.TickCount64 - start > MaxWait.TotalMilliseconds)
                {
                    throw new HsmException(HsmFailure.Unreachable, tooLong, exception);
                }

                Thread.Sleep(Pause);
            }
        }
    }
}
