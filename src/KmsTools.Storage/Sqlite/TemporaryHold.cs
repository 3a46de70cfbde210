using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Shows that a temporary store is in use: a file in its folder is locked, and the system frees it when the process dies. Stores whose
/// process was killed, or whose terminal was closed, are deleted when the next one is created.
/// </summary>
internal sealed class TemporaryHold : IDisposable
{
    private const string FileName = "in-use.lock";

    private readonly FileStream _file;

    private TemporaryHold(FileStream file) => _file = file;

    /// <summary>Holds a store until it is closed, or the process ends.</summary>
    /// <param name="folder">The folder of the store, which is not held yet.</param>
    public static TemporaryHold Take(string folder)
    {
        string file = Path.Combine(folder, FileName);
        if (OperatingSystem.IsWindows())
        {
            return new TemporaryHold(Lock(file, FileMode.CreateNew));
        }

        // A new file is locked only after it was created: it gets the name that others look at when it is locked.
        string unlocked = file + ".new";
        TemporaryHold hold = new(Lock(unlocked, FileMode.CreateNew));
        File.Move(unlocked, file);
        return hold;
    }

    /// <summary>Deletes the temporary stores of this user that nobody holds any more, beside another one.</summary>
    /// <param name="folder">The folder of the other one, which may have any name: then nothing is deleted.</param>
    public static void DeleteAbandoned(string folder)
    {
        if (!TemporaryStoreFolder.IsOne(folder))
        {
            return;
        }

        try
        {
            foreach (string other in Directory.EnumerateDirectories(Path.GetDirectoryName(folder)!))
            {
                if (TemporaryStoreFolder.IsOne(other) && IsAbandoned(other))
                {
                    StoreFolder.TryRemove(other);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder cannot be read to its end: they stay.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static bool IsAbandoned(string folder)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file) || (!OperatingSystem.IsWindows() && FileStatus.Find(folder)?.Owner != FileStatus.User))
        {
            return false;
        }

        try
        {
            using FileStream free = Lock(file, FileMode.Open);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FileStream Lock(string file, FileMode mode) =>
        new(file, new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
}
