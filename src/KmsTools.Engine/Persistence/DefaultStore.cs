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
                return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), FolderName);
            }

            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (OperatingSystem.IsMacOS())
            {
                return Path.Combine(home, "Library", "Application Support", FolderName);
            }

            // The XDG specification requires relative paths to be ignored.
            string? data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
            return Path.Combine(Path.IsPathRooted(data) ? data : Path.Combine(home, ".local", "share"), FolderName);
        }
    }

    /// <summary>The name of the folder of a user among the data of applications. It holds the store, unless another is chosen.</summary>
    public static string FolderName => OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? "KmsTools" : "kmstools";

    /// <summary>
    /// The full path of something that belongs to the user and to no store, in the same folder. The folder is created, for its owner only:
    /// a store in a folder that others can change would be refused.
    /// </summary>
    /// <param name="applicationData">The folder for data of applications.</param>
    /// <param name="name">The name of the file or folder.</param>
    public static string PathOfUser(string applicationData, string name)
    {
        string folder = Path.Combine(applicationData, FolderName);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return Path.Combine(folder, name);
    }

    /// <summary>Whether the store already exists.</summary>
    public static bool Exists => IsStore(Folder);

    /// <summary>Whether there is a store in a folder.</summary>
    public static bool IsStore(string folder) => File.Exists(Path.Combine(folder, StateFile));
}
