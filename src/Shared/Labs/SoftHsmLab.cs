using System.Diagnostics.CodeAnalysis;
using KmsTools.Files;

namespace KmsTools.Labs;

/// <summary>
/// A lab of SoftHSM in the folder of a store: a configuration, and a folder for tokens. Source of the names: the manual of SoftHSM2,
/// softhsm2.conf(5).
/// </summary>
internal static class SoftHsmLab
{
    private const string Variable = "SOFTHSM2_CONF";
    private const string TokenFolderSetting = "directories.tokendir";
    private const string FolderName = "softhsm";
    private const string FileName = "softhsm2.conf";
    private const string TokensName = "tokens";

    private const int SerialLength = 16;

    private static readonly string[] OtherSettings = ["objectstore.backend = file", "log.level = ERROR", "slots.removable = false"];

    private static readonly Lock Gate = new();

    // The configurations that the labs of the open stores have or would have, once for each connection. Guarded by the lock.
    private static readonly List<string> Open = [];

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

    private static string? Configuration => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen
        ? chosen
        : Array.Find(DefaultConfigurations, File.Exists);

    /// <summary>The library of SoftHSM; null if it is not where packages install it.</summary>
    public static string? FindLibrary() => Array.Find(Libraries, File.Exists);

    /// <summary>Whether a library is SoftHSM, by the name of its file.</summary>
    /// <param name="library">The path of the library, or a PKCS#11 URI that names it; null for none.</param>
    public static bool IsLibrary(string? library) =>
        Path.GetFileName(library)?.Contains("softhsm", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Whether the environment names a configuration that is not the lab of a store.</summary>
    public static bool IsOtherChosen =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen && !IsOfStore(chosen);

    /// <summary>What is wrong with the configuration that SoftHSM would use, in a sentence; null if its files are there.</summary>
    public static string? FindFault()
    {
        if (Configuration is not { } file)
        {
            return $"{Variable} is not set, and SoftHSM finds no other configuration.";
        }

        if (!File.Exists(file))
        {
            return $"{Variable} is '{file}', which is not there.";
        }

        return !TryReadTokenFolder(file, out string? folder, out string? fault) ? fault
            : folder is null ? null
            : !Directory.Exists(folder) ? $"The folder '{folder}', which {TokenFolderSetting} in '{file}' names, is not there: make it."
            : IsReadable(folder) ? FindTwins()
            : $"The folder '{folder}', which {TokenFolderSetting} in '{file}' names, may not be read by this user.";
    }

    /// <summary>
    /// Two tokens that SoftHSM would use and that have one serial number, with which the names of their folders end: it ends every process
    /// that finds them. In a sentence; null if there are none.
    /// </summary>
    public static string? FindTwins()
    {
        if (Configuration is not { } file || !TryReadTokenFolder(file, out string? folder, out _) || !Directory.Exists(folder))
        {
            return null;
        }

        Dictionary<string, string> known = new(StringComparer.OrdinalIgnoreCase);
        foreach (string token in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (SerialOf(token) is { } serial && File.Exists(Path.Combine(token, "token.object")) && !known.TryAdd(serial, token))
            {
                return $"The folders '{known[serial]}' and '{token}' have tokens with the same serial number, at which "
                    + "SoftHSM ends every process that uses it: move one of the two to another place.";
            }
        }

        return null;
    }

    /// <summary>
    /// What may be the reason that a token is missing: <see cref="FindFault"/>, or a configuration that names no folder for tokens.
    /// </summary>
    public static string? FindDoubt() => FindFault()
        ?? (Configuration is { } file && TryReadTokenFolder(file, out string? folder, out _) && folder is null
            ? $"'{file}' has no line {TokenFolderSetting} = <folder>, so the tokens are those of the folder that SoftHSM was built with."
            : null);

    /// <summary>Makes sure that SoftHSM has a configuration: the present one if it works, else one in the folder of the store.</summary>
    /// <param name="store">The folder of the store.</param>
    /// <returns>The configuration that was made; null if the present one is used.</returns>
    public static string? Ensure(string store)
    {
        string? chosen = Environment.GetEnvironmentVariable(Variable);
        string file = FileOf(store);
        if (!string.IsNullOrEmpty(chosen) && (chosen == file || !IsOfStore(chosen)) && FindFault() is null)
        {
            return null;
        }

        MakeTokenFolder(store);
        _ = Configure(LabOf(store));
        Environment.SetEnvironmentVariable(Variable, file);
        return file;
    }

    /// <summary>
    /// Uses the lab of a store that is opened, if it has one and no other configuration is chosen. That of another store does not count as
    /// chosen: this process, or the one that started it, had that store open.
    /// </summary>
    /// <param name="store">The folder of the store.</param>
    /// <exception cref="IOException">The configuration names another folder, and cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The configuration names another folder, and may not be written.</exception>
    public static void Enter(string store)
    {
        string file = FileOf(store);
        lock (Gate)
        {
            if (File.Exists(file))
            {
                Adopt(store);
            }

            if (ConfigurationOf(store) is not null)
            {
                Environment.SetEnvironmentVariable(Variable, file);
            }

            Open.Add(file);
        }
    }

    /// <summary>
    /// The configuration of the lab of a store, if it has one and no other configuration is chosen. The environment has only that of the
    /// store that was opened last, and other runspaces may have others open: the tokens of a copy are like those of the original.
    /// </summary>
    /// <param name="store">The folder of the store.</param>
    /// <returns>The configuration; null where that of the environment counts.</returns>
    public static string? ConfigurationOf(string store)
    {
        string file = FileOf(store);
        string? chosen = Environment.GetEnvironmentVariable(Variable);
        return File.Exists(file) && (string.IsNullOrEmpty(chosen) || IsOfStore(chosen)) ? file : null;
    }

    /// <summary>The folder of the store whose lab the environment names; null if it names none.</summary>
    public static string? FindStore() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen && IsOfStore(chosen)
        ? Path.GetDirectoryName(Path.GetDirectoryName(chosen))
        : null;

    /// <summary>The folder of the lab of a store, whether there is one or not.</summary>
    /// <param name="store">The folder of the store.</param>
    public static string LabOf(string store) => Path.Combine(store, FolderName);

    /// <summary>The folder of the tokens of a lab, whether there is one or not.</summary>
    /// <param name="lab">The folder of the lab, or a copy of it.</param>
    public static string TokensIn(string lab) => Path.Combine(lab, TokensName);

    /// <summary>
    /// The configuration of a lab that is where it was made; null for a copy, whose configuration names the tokens of the original.
    /// </summary>
    /// <param name="lab">The folder of the lab.</param>
    public static string? ConfigurationIn(string lab)
    {
        string file = Path.Combine(lab, FileName);
        return File.Exists(file) && TryReadTokenFolder(file, out string? folder, out _) && folder == TokensIn(lab) ? file : null;
    }

    /// <summary>Makes a configuration for the tokens of a lab.</summary>
    /// <param name="lab">The folder of the lab.</param>
    /// <returns>The configuration.</returns>
    public static string Configure(string lab)
    {
        string file = Path.Combine(lab, FileName);
        Write(file, [$"{TokenFolderSetting} = {TokensIn(lab)}", .. OtherSettings]);
        return file;
    }

    /// <summary>Whether the folder of a token has the name that SoftHSM gives to that of a token with a serial number.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="serialNumber">The serial number.</param>
    public static bool IsOfToken(string folder, string serialNumber) =>
        SerialOf(folder) is { } serial && serial.Equals(serialNumber, StringComparison.OrdinalIgnoreCase);

    /// <summary>What the environment of a program has to say so that the program uses the tokens that a store uses.</summary>
    /// <param name="store">The folder of the store; null for none.</param>
    /// <returns>Empty where the environment of this process says it.</returns>
    public static Dictionary<string, string> EnvironmentOf(string? store) =>
        store is not null && ConfigurationOf(store) is { } file ? new() { [Variable] = file } : [];

    /// <summary>Reverts <see cref="Enter"/> and <see cref="Ensure"/> when the store is closed.</summary>
    /// <param name="store">The folder of the store.</param>
    public static void Leave(string store)
    {
        string file = FileOf(store);
        lock (Gate)
        {
            Open.Remove(file);
            if (Environment.GetEnvironmentVariable(Variable) == file && !Open.Contains(file))
            {
                Environment.SetEnvironmentVariable(Variable, Open.FindLast(File.Exists));
            }
        }
    }

    // A copied, restored or moved store must not work on the tokens of the one that its lab was made for.
    private static void Adopt(string store)
    {
        string file = FileOf(store);
        if (!TryReadTokenFolder(file, out string? folder, out _) || folder == TokensOf(store))
        {
            return;
        }

        MakeTokenFolder(store);
        Write(file, [SettingOf(store), .. File.ReadLines(file).Where(static line => !IsTokenFolder(line))]);
    }

    private static void MakeTokenFolder(string store)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(TokensOf(store));
        }
        else
        {
            Directory.CreateDirectory(TokensOf(store), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    // Other processes may read it at any moment.
    private static void Write(string file, IEnumerable<string> lines)
    {
        using PendingFile pending = new(file);
        using (StreamWriter writer = new(pending.Stream, leaveOpen: true))
        {
            foreach (string line in lines)
            {
                writer.WriteLine(line);
            }
        }

        pending.TryComplete(overwrite: true);
    }

    private static bool IsOfStore(string chosen)
    {
        lock (Gate)
        {
            return Open.Contains(chosen) || IsLab(chosen);
        }
    }

    // By what it begins with, which stays when users add settings. The folder can be that of another store: that of a copy is, until the
    // copy is opened.
    private static bool IsLab(string file)
    {
        try
        {
            return Path.GetFileName(file) == FileName && Path.GetFileName(Path.GetDirectoryName(file)) == FolderName
                && File.ReadLines(file).FirstOrDefault() is { } first && IsTokenFolder(first)
                && first.EndsWith(Path.Combine(FolderName, TokensName), StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? SerialOf(string token) =>
        Path.GetFileName(token).Replace("-", "", StringComparison.Ordinal) is { Length: >= SerialLength } name
            ? name[^SerialLength..]
            : null;

    private static string FileOf(string store) => Path.Combine(LabOf(store), FileName);

    private static string TokensOf(string store) => TokensIn(LabOf(store));

    private static string SettingOf(string store) => $"{TokenFolderSetting} = {TokensOf(store)}";

    private static bool IsTokenFolder(string line) => line.Split('=', 2, StringSplitOptions.TrimEntries) is [TokenFolderSetting, _];

    private static bool IsReadable(string folder)
    {
        try
        {
            _ = Directory.EnumerateFileSystemEntries(folder).Any();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

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
