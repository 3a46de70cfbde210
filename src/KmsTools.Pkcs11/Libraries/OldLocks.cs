using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Deletes lock files that no process has used for a month: those of tokens that are gone. A process that takes a lock sets the time of
/// its file.
/// </summary>
internal static class OldLocks
{
    /// <summary>Deletes those of a folder, unless a process holds them or a refused PIN is kept beside them.</summary>
    public static void Delete(string folder, DateTime utcNow)
    {
        DateTime limit = utcNow.AddDays(-30);
        foreach (string file in Directory.EnumerateFiles(folder, "*.lock"))
        {
            try
            {
                string refused = $"{Path.GetFileNameWithoutExtension(file)}*{RefusedPin.Extension}";
                if (File.GetLastWriteTimeUtc(file) < limit && !Directory.EnumerateFiles(folder, refused).Any())
                {
                    DeleteIfUnused(file, limit);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another process holds it, or has deleted it.
            }
        }
    }

    /// <summary>
    /// Whether a lock that was taken is that of the file which has the name now: while a process waited, another one may have deleted the
    /// file and a third one created it again. Sets the time of the file.
    /// </summary>
    public static bool IsCurrent(FileStream held, string file)
    {
        DateTime now = DateTime.UtcNow;
        File.SetLastWriteTimeUtc(held.SafeFileHandle, now);
        return File.GetLastWriteTimeUtc(held.SafeFileHandle) == File.GetLastWriteTimeUtc(file);
    }

    // Windows deletes an open file only if it is shared for that, and then when it is closed.
    private static void DeleteIfUnused(string file, DateTime limit)
    {
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
        using FileStream held = new(file, FileMode.Open, FileAccess.ReadWrite, share, bufferSize: 1);
        if (File.GetLastWriteTimeUtc(file) < limit)
        {
            File.Delete(file);
        }
    }
}
