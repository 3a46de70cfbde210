namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Finds the library that <c>module-name</c> means: a name without a folder and without the prefix and suffix of the platform, in upper or
/// lower case. Source: RFC 7512, section 2.3.
/// </summary>
internal static class ModuleFinder
{
    private static readonly string[] Prefixes = ["lib", ""];
    private static readonly string[] Suffixes = [".so", ".dylib", ".dll"];

    // Where the packages of Linux distributions and of Homebrew install PKCS#11 libraries.
    private static readonly string[] Folders =
    [
        "/usr/lib/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/lib/aarch64-linux-gnu/pkcs11",
        "/usr/local/lib/pkcs11",
        "/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib/aarch64-linux-gnu/softhsm", "/usr/local/lib/softhsm",
        "/opt/homebrew/lib/softhsm",
        "/opt/homebrew/lib/pkcs11", "/opt/cloudhsm/lib",
    ];

    /// <summary>The full path of the library.</summary>
    /// <param name="name">The name.</param>
    /// <param name="path">The folder, or the library itself, from <c>module-path</c>; null searches the folders of the system.</param>
    /// <exception cref="ArgumentException">No library was found, or it has another name.</exception>
    public static string Find(string name, string? path)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny('/', '\\'))
        {
            throw new ArgumentException(
                "The PKCS#11 URI is not valid: module-name is the name of a library without folder, such as softhsm2.");
        }

        if (path is not null && !Directory.Exists(path))
        {
            return IsNamed(path, name) ? path : throw new ArgumentException(
                $"The PKCS#11 URI is not valid: module-path is {path}, which is neither a folder nor named '{name}'.");
        }

        string[] folders = path is null ? Folders : [path];
        return folders.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles).FirstOrDefault(file => IsNamed(file, name))
            ?? throw new ArgumentException(
                $"No PKCS#11 library '{name}' is in {string.Join(", ", folders)}. Give its full path as module-path.");
    }

    private static bool IsNamed(string file, string name) => Prefixes.Any(prefix => Suffixes.Any(suffix =>
        string.Equals(Path.GetFileName(file), prefix + name + suffix, StringComparison.OrdinalIgnoreCase)));
}
