namespace KmsTools.Persistence;

/// <summary>The store that is used when no store was connected: one per user, created on first use.</summary>
public static class DefaultStore
{
    /// <summary>The environment variable that names another folder, or the database of a store that several machines share.</summary>
    public const string Variable = "KMSTOOLS_STORE";

    // The store's own main file: a folder without it is not a store yet.
    private const string StateFile = "state.db";

    /// <summary>The folder of the store of the user, unless it is shared.</summary>
    /// <exception cref="ArgumentException"><see cref="Variable"/> names a database, or is half a connection string.</exception>
    public static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } chosen)
            {
                return FolderOfUser ?? Path.Combine(".local", "share", FolderName);
            }

            // It may contain a password by mistake: it is not repeated.
            return SharedStoreOptions.IsConnectionString(chosen)
                ? throw new ArgumentException($"The environment variable {Variable} names a database, and no folder.")
                : SharedStoreOptions.LacksHost(chosen)
                ? throw new ArgumentException(
                    $"The environment variable {Variable} is neither a folder nor a connection string: that has a Host, as in "
                        + "Host=db1;Database=kms.")
                : Path.GetFullPath(chosen);
        }
    }

    /// <summary>
    /// The shared store that <see cref="Variable"/> names, with the files that the variables of <see cref="SharedStoreOptions"/> name; null
    /// if the store of the user is in a folder.
    /// </summary>
    public static SharedStoreOptions? Shared =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen && SharedStoreOptions.IsConnectionString(chosen)
            ? new SharedStoreOptions { ConnectionString = chosen }.WithFilesOfEnvironment()
            : null;

    /// <summary>How to open the store of the user.</summary>
    /// <param name="databases">Names databases; called for a shared store only.</param>
    /// <exception cref="ArgumentException"><see cref="Variable"/> cannot be used.</exception>
    public static StateStoreOptions Options(Func<IStoreDatabases> databases)
    {
        ArgumentNullException.ThrowIfNull(databases);
        return Shared is { } shared
            ? new StateStoreOptions { Folder = SharedStoreFolder.Of(databases().Locate(shared)), Shared = shared }
            : new StateStoreOptions { Folder = Folder };
    }

    /// <summary>
    /// The folder of the user among the data of applications: that of the store, unless another is chosen. Null for a user without one.
    /// </summary>
    internal static string? FolderOfUser
    {
        get
        {
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
            return Path.IsPathRooted(data) ? Path.Combine(data, FolderName)
                : home.Length > 0 ? Path.Combine(home, ".local", "share", FolderName)
                : null;
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

    /// <summary>
    /// Whether the store of the user is in a folder and already exists. Of a shared one nothing is known without asking the database.
    /// </summary>
    public static bool ExistsInFolder => Shared is null && IsStore(Folder);

    /// <summary>Whether a folder is that of the store of the user.</summary>
    public static bool IsFolder(string folder) =>
        (Environment.GetEnvironmentVariable(Variable) is not { } chosen
            || !(SharedStoreOptions.IsConnectionString(chosen) || SharedStoreOptions.LacksHost(chosen)))
        && folder == Folder;

    /// <summary>Whether there is a store in a folder.</summary>
    public static bool IsStore(string folder) => File.Exists(Path.Combine(folder, StateFile));
}
