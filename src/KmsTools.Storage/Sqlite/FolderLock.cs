using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>A lock that one process at a time has: a locked file in the folder of the store. The system frees it when the process dies.</summary>
internal static class FolderLock
{
    // Long enough to cost nothing, short compared with what such locks are held for.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until no other process has the lock.</summary>
    /// <param name="path">The file; created if it does not exist.</param>
    /// <param name="limit">The maximum time to wait.</param>
    /// <returns>What frees it; null if others have kept it for so long.</returns>
    /// <exception cref="StateStoreException">The file cannot be created.</exception>
    public static IDisposable? Enter(string path, TimeSpan limit)
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
                return new FileStream(path, options);
            }
            catch (IOException exception)
                when (exception is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                if (Environment.TickCount64 - start > limit.TotalMilliseconds)
                {
                    return null;
                }

                Thread.Sleep(s_pause);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new StateStoreException($"The lock '{path}' cannot be taken: {exception.Message}", exception);
            }
        }
    }
}
