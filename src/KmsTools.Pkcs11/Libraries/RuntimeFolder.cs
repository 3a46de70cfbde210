using System.Security.Cryptography;
using System.Text;
using KmsTools.Persistence;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// The folder of this user for lock files and private copies of libraries. No other user can write to it. It does not depend on the login
/// session: all processes of one user must use the same locks.
/// </summary>
internal static class RuntimeFolder
{
    private static readonly Lazy<string> Root = new(static () =>
    {
        string folder = Make();
        OldLocks.Delete(folder, DateTime.UtcNow);
        return folder;
    });

    /// <summary>The lock file for one purpose of a library; the names of all those of a library begin alike.</summary>
    public static string LockFile(string libraryPath, string purpose) =>
        Path.Combine(Root.Value, $"{LockPrefix(libraryPath)}{Digest(purpose)}.lock");

    /// <summary>The file beside a lock file that is about one of several things which have that lock.</summary>
    public static string FileBeside(string lockFile, string purpose, string extension) =>
        $"{Path.ChangeExtension(lockFile, null)}-{Digest(purpose)}{extension}";

    /// <summary>The lock files of a library, and the files beside them.</summary>
    public static string[] LockFiles(string libraryPath) => Directory.GetFiles(Root.Value, LockPrefix(libraryPath) + "*");

    public static string NewLibraryFile(string libraryPath)
    {
        if (OperatingSystem.IsWindows())
        {
            DeleteAbandonedCopies();
        }

        string name = Path.GetFileNameWithoutExtension(libraryPath);
        return Path.Combine(
            Root.Value, $"{name}.{Environment.ProcessId}.{Guid.NewGuid():N}{Path.GetExtension(libraryPath)}");
    }

    private static string LockPrefix(string libraryPath) => Digest(libraryPath) + "-";

    private static string Digest(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));

    // Windows does not let a process delete a library that it has loaded, so the next one does it.
    private static void DeleteAbandonedCopies()
    {
        foreach (string file in Directory.EnumerateFiles(Root.Value, "*.dll"))
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Still loaded somewhere.
            }
        }
    }

    private static string Make()
    {
        string home = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify);
        string folder = home.Length > 0
            ? DefaultStore.PathOfUser(home, "hsm")
            : Path.Combine(Path.GetTempPath(), $"KmsTools-{Environment.UserName}");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return folder;
        }

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, OwnerOnly);

        // Only the owner may change a mode: this fails if another user created the folder first.
        File.SetUnixFileMode(folder, OwnerOnly);
        return folder;
    }
}
