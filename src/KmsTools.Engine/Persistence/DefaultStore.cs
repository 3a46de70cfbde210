namespace KmsTools.Persistence;

/// <summary>The store that is used when nobody has connected to one: one per user, made on first use.</summary>
public static class DefaultStore
{
    /// <summary>Names another folder.</summary>
    public const string FolderVariable = "KMSTOOLS_STORE";

    // The store's own main file: a folder without it is no store yet.
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

            // The XDG specification has relative paths ignored.
            string? data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
            return Path.Combine(Path.IsPathRooted(data) ? data : Path.Combine(home, ".local", "share"), "kmstools");
        }
    }

    /// <summary>Whether it was made already.</summary>
    public static bool Exists => File.Exists(Path.Combine(Folder, StateFile));
}
