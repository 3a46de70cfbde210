namespace KmsTools.Persistence;

/// <summary>The store that is used when no store was connected: one per user, created on first use.</summary>
public static class DefaultStore
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string FolderVariable = "KMSTOOLS_STORE";

    // The store's own main file: a folder without it is not a store yet.
    private const string StateFile = "state.db";

    /// <summary>The folder.</summary>
    public static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } chosen)
            {
                return Path.GetFullPath(chosen);
            }

            if (OperatingSystem.IsWindows())
            {
                return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "KmsTools");
            }

            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (OperatingSystem.IsMacOS())
            {
                return Path.Combine(home, "Library", "Application Support", "KmsTools");
            }

            // The XDG specification requires relative paths to be ignored.
            string? data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
            return Path.Combine(Path.IsPathRooted(data) ? data : Path.Combine(home, ".local", "share"), "kmstools");
        }
    }

    /// <summary>Whether the store already exists.</summary>
    public static bool Exists => File.Exists(Path.Combine(Folder, StateFile));
}
