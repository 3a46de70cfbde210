using KmsTools.Loading;
using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>A store that a user has named: how to open it here, and how to hand it to another process. Nothing of it is secret.</summary>
internal static class StoreChoice
{
    /// <summary>How to open the store of the user.</summary>
    /// <exception cref="ArgumentException">The environment names it in a way that cannot be used.</exception>
    public static StateStoreOptions Default() => DefaultStore.Options(Databases);

    /// <summary>How to open a store that several machines share. The environment names the files that are not given.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="rootKeyFile">The root key file of this machine, as the user gave it; null for none.</param>
    /// <param name="passwordFile">The file with the password of the database, as the user gave it; null for none.</param>
    /// <param name="localFolder">The folder for what only this machine has of it; null for one among the data of the user.</param>
    /// <param name="resolve">Makes full paths of what the user gave.</param>
    /// <exception cref="ArgumentException">The connection string cannot be used.</exception>
    /// <exception cref="StateStoreException">The connection string contains a password.</exception>
    public static StateStoreOptions OfDatabase(
        string connectionString, string? rootKeyFile, string? passwordFile, string? localFolder, Func<string, string> resolve)
    {
        SharedStoreOptions shared = new()
        {
            ConnectionString = connectionString,
            RootKeyFile = Full(rootKeyFile),
            PasswordFile = Full(passwordFile),
        };
        string location = Databases().Locate(shared);
        return new StateStoreOptions
        {
            Folder = Full(localFolder) ?? SharedStoreFolder.Of(location),
            Shared = shared.WithFilesOfEnvironment(),
        };

        string? Full(string? path) => path is null ? null : resolve(path);
    }

    /// <summary>Where a store is, for people.</summary>
    public static string Location(StateStoreOptions options) =>
        options.Shared is { } shared ? Databases().Locate(shared) : Path.GetFullPath(options.Folder);

    /// <summary>The name of the store of the user, for people.</summary>
    public static string DefaultLocation() => Location(Default());

    /// <summary>What prepares databases.</summary>
    public static IStoreDatabases Databases() => DependencyLoadContext.CreateStoreFactory().Databases;

    /// <summary>A refusal of a connection string where the name of a folder belongs.</summary>
    /// <param name="path">What was given.</param>
    /// <param name="parameter">The parameter that it was given to, such as -Path.</param>
    /// <param name="instead">What the user can do instead, in a sentence.</param>
    /// <exception cref="ArgumentException">It is one.</exception>
    public static void RequireFolder(string? path, string parameter, string instead)
    {
        if (path is not null && (SharedStoreOptions.IsConnectionString(path) || SharedStoreOptions.LacksHost(path)))
        {
            throw new ArgumentException($"{parameter} names a folder, and this is a connection string. {instead}");
        }
    }

    /// <summary>The arguments by which a program of the module opens a store.</summary>
    public static IEnumerable<string> Arguments(StateStoreOptions options)
    {
        if (options.Shared is not { } shared)
        {
            return ["--store", options.Folder];
        }

        List<string> arguments = ["--postgres", shared.ConnectionString, "--local-folder", options.Folder];
        if (shared.RootKeyFile is { } rootKeyFile)
        {
            arguments.AddRange(["--root-key-file", rootKeyFile]);
        }

        if (shared.PasswordFile is { } passwordFile)
        {
            arguments.AddRange(["--password-file", passwordFile]);
        }

        return arguments;
    }

    /// <summary>The environment by which another process finds the store of a connection as the store of the user.</summary>
    public static Dictionary<string, string?> Variables(KmsConnection connection) => new()
    {
        [DefaultStore.Variable] = connection.ConnectionString ?? connection.Path,
        [SharedStoreOptions.RootKeyFileVariable] = connection.RootKeyFile,
        [SharedStoreOptions.PasswordFileVariable] = connection.PasswordFile,
    };
}
