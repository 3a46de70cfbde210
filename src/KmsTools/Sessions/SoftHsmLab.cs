using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Sessions;

/// <summary>
/// A laboratory of SoftHSM in the folder of a store: a configuration, and a folder for tokens. Source of the names: the manual of SoftHSM2,
/// softhsm2.conf(5).
/// </summary>
internal static class SoftHsmLab
{
    private const string Variable = "SOFTHSM2_CONF";
    private const string TokenFolderSetting = "directories.tokendir";

    private static readonly string[] Libraries =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
        @"C:\SoftHSM2\lib\softhsm2-x64.dll",
    ];

    // In the order in which SoftHSM looks for its configuration.
    private static string[] DefaultConfigurations =>
    [
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config", "softhsm2", "softhsm2.conf"),
        "/etc/softhsm/softhsm2.conf",
        "/etc/softhsm2.conf",
        "/opt/homebrew/etc/softhsm/softhsm2.conf",
    ];

    /// <summary>The library of SoftHSM; null if it is not where packages install it.</summary>
    public static string? FindLibrary() => Array.Find(Libraries, File.Exists);

    /// <summary>What is wrong with the configuration that SoftHSM would use, in a sentence; null if its files are there.</summary>
    public static string? FindFault()
    {
        string? chosen = Environment.GetEnvironmentVariable(Variable);
        string? file = !string.IsNullOrEmpty(chosen) ? chosen : Array.Find(DefaultConfigurations, File.Exists);
        if (file is null)
        {
            return $"{Variable} is not set, and SoftHSM has no configuration of its own.";
        }

        if (!File.Exists(file))
        {
            return $"{Variable} is '{file}', which is not there.";
        }

        return !TryReadTokenFolder(file, out string? folder, out string? fault) ? fault
            : folder is null || Directory.Exists(folder) ? null
            : $"The folder '{folder}', which {TokenFolderSetting} in '{file}' names, is not there: make it.";
    }

    /// <summary>Makes sure that SoftHSM has a configuration: the present one if it works, else one in the folder of the store.</summary>
    /// <param name="store">The folder of the store.</param>
    /// <returns>The configuration that was made; null if the present one is used.</returns>
    public static string? Ensure(string store)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)) && FindFault() is null)
        {
            return null;
        }

        string tokens = Path.Combine(store, "softhsm", "tokens");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(tokens);
        }
        else
        {
            Directory.CreateDirectory(tokens, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        string file = FileOf(store);
        File.WriteAllLines(
            file,
            [$"{TokenFolderSetting} = {tokens}", "objectstore.backend = file", "log.level = ERROR", "slots.removable = false"]);
        Environment.SetEnvironmentVariable(Variable, file);
        return file;
    }

    /// <summary>Uses the laboratory of a store that is opened, if it has one and no other configuration is chosen.</summary>
    /// <param name="store">The folder of the store.</param>
    public static void Enter(string store)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)) && File.Exists(FileOf(store)))
        {
            Environment.SetEnvironmentVariable(Variable, FileOf(store));
        }
    }

    /// <summary>Reverts <see cref="Enter"/> and <see cref="Ensure"/> when the store is closed.</summary>
    /// <param name="store">The folder of the store.</param>
    public static void Leave(string store)
    {
        if (Environment.GetEnvironmentVariable(Variable) == FileOf(store))
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    private static string FileOf(string store) => Path.Combine(store, "softhsm", "softhsm2.conf");

    private static bool TryReadTokenFolder(string file, out string? folder, [NotNullWhen(false)] out string? fault)
    {
        folder = null;
        fault = null;
        try
        {
            folder = File.ReadLines(file).Select(static line => line.Split('=', 2, StringSplitOptions.TrimEntries))
                .LastOrDefault(static parts => parts is [TokenFolderSetting, _])?[1];
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"The configuration of SoftHSM cannot be read: {exception.Message}";
            return false;
        }
    }
}
