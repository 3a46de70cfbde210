using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// The folder of this user for lock files and private copies of libraries. Nobody else can write to it. It does not depend on the
/// login session: processes of one user must meet at the same locks.
/// </summary>
internal static class RuntimeFolder
{
    private static readonly Lazy<string> Root = new(Make);

    public static string LockFile(string libraryPath)
        => Path.Combine(Root.Value, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(libraryPath)).AsSpan(0, 16)) + ".lock");

    public static string NewLibraryFile(string libraryPath)
        => Path.Combine(
            Root.Value,
            $"{Path.GetFileNameWithoutExtension(libraryPath)}.{Environment.ProcessId}.{Guid.NewGuid():N}{Path.GetExtension(libraryPath)}");

    private static string Make()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        string folder = home.Length > 0
            ? Path.Combine(home, "KmsTools", "hsm")
            : Path.Combine(Path.GetTempPath(), $"KmsTools-{Environment.UserName}");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return folder;
        }

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(folder, OwnerOnly);

        // Only the owner may change a mode: this fails if someone else put the folder here first.
        File.SetUnixFileMode(folder, OwnerOnly);
        return folder;
    }
}
