using KmsTools.Persistence;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>The files of passwords that Npgsql reads by itself. As other programs of PostgreSQL do, none is used that others can read.</summary>
internal static class PasswordFiles
{
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite;

    /// <summary>Refuses a file that Npgsql would read, if others than its owner can.</summary>
    /// <exception cref="StateStoreException">They can, or the connection string names a file that does not exist.</exception>
    public static void RequirePrivate(string connectionString)
    {
        string? named = new NpgsqlConnectionStringBuilder(connectionString).Passfile;
        if (named is not null && !File.Exists(named))
        {
            throw new StateStoreException($"The Passfile '{named}' of the connection string does not exist.");
        }

        string? file = named ?? Environment.GetEnvironmentVariable("PGPASSFILE") ?? OfUser();
        if (file is not null && !OperatingSystem.IsWindows() && File.Exists(file) && (File.GetUnixFileMode(file) & OfOthers) != 0)
        {
            throw new StateStoreException(
                $"The file of passwords '{file}' can be read or written by others than its owner. Take their permissions away: chmod 600 "
                    + $"'{file}'.");
        }
    }

    private static string? OfUser() =>
        Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".pgpass") : null;
}
