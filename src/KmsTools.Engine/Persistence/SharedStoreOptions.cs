namespace KmsTools.Persistence;

/// <summary>Where a store is that several machines share: a PostgreSQL database, and what this machine needs to open it.</summary>
public sealed record SharedStoreOptions
{
    /// <summary>The environment variable that names the root key file when <see cref="RootKeyFile"/> does not.</summary>
    public const string RootKeyFileVariable = "KMSTOOLS_ROOT_KEY_FILE";

    /// <summary>The environment variable that names the password file when <see cref="PasswordFile"/> does not.</summary>
    public const string PasswordFileVariable = "KMSTOOLS_PASSWORD_FILE";

    /// <summary>
    /// The connection string, such as <c>Host=db1,db2;Database=kms;Username=kms</c>, without a password. Several hosts are the servers of
    /// one cluster, of which the primary is used.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>A file with the password of the database, which only its owner can read; null for ~/.pgpass or PGPASSWORD.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>
    /// The file with the root key, which only its owner can read; it is made with a new store, and is the same on all machines. Null for
    /// the file that <see cref="RootKeyFileVariable"/> names. A sealed store needs none.
    /// </summary>
    public string? RootKeyFile { get; init; }

    /// <summary>Whether a text names a shared store and no folder: it is a connection string, with a Host.</summary>
    /// <param name="text">What a user named.</param>
    public static bool IsConnectionString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split(';').Any(static pair => pair.Split('=', 2) is [var key, _]
            && key.AsSpan().Trim().Equals("Host", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Whether a text is a list of pairs without a Host: a connection string that would not be taken for one, and not the name of a folder
    /// that anyone has.
    /// </summary>
    /// <param name="text">What a user named.</param>
    public static bool LacksHost(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] pairs = text.Split(';', StringSplitOptions.RemoveEmptyEntries);
        return pairs.Length > 1 && !IsConnectionString(text)
            && pairs.All(static pair => pair.Split('=', 2) is [{ Length: > 0 } key, _] && !key.Contains(Path.DirectorySeparatorChar));
    }

    /// <summary>The same with the files that the environment names, where none are given. Their paths are full.</summary>
    public SharedStoreOptions WithFilesOfEnvironment() => this with
    {
        RootKeyFile = RootKeyFile ?? FileOf(RootKeyFileVariable),
        PasswordFile = PasswordFile ?? FileOf(PasswordFileVariable),
    };

    private static string? FileOf(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } file ? Path.GetFullPath(file) : null;
}
