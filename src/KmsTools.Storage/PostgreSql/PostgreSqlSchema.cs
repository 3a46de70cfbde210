using System.Collections.Immutable;
using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using KmsTools.Persistence;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// The tables of a store in a database: the scripts that make them, and those that bring them from each version to the next. The first
/// version is 16, so that one number names the same columns in state.db and here. They are in the first schema of the search path.
/// </summary>
internal static partial class PostgreSqlSchema
{
    private const string Suffix = "_postgresql.sql";
    private const int DigitsOfVersion = 4;

    // The role that runs the store reads which version it finds, and changes all else.
    private const string VersionTable = "schema_version";

    // In seconds: DDL waits for transactions that use the tables.
    private const int CommandTimeout = 60;

    private static readonly ImmutableArray<(int Version, string Name)> s_scripts =
    [
        .. typeof(PostgreSqlSchema).Assembly.GetManifestResourceNames()
            .Where(static name => name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(static name => (int.Parse(name.AsSpan(0, DigitsOfVersion), CultureInfo.InvariantCulture), name))
            .OrderBy(static script => script.Item1).ThenBy(static script => script.name.Length),
    ];

    /// <summary>The version that this process knows.</summary>
    public static int Version { get; } = s_scripts[^1].Version;

    /// <summary>The names of all tables.</summary>
    public static ImmutableArray<string> Tables { get; } =
    [
        .. s_scripts.SelectMany(static script => CreatedTable().Matches(ReadScript(script.Name)))
            .Select(static match => match.Groups[1].Value),
    ];

    /// <summary>All triggers, each with its table.</summary>
    public static ImmutableHashSet<(string Name, string Table)> Triggers { get; } =
    [
        .. s_scripts.SelectMany(static script => CreatedTrigger().Matches(ReadScript(script.Name)))
            .Select(static match => (match.Groups[1].Value, match.Groups[2].Value)),
    ];

    /// <summary>The bodies of all functions by their names: of each the newest.</summary>
    public static ImmutableDictionary<string, string> Functions { get; } = s_scripts
        .SelectMany(static script => CreatedFunction().Matches(ReadScript(script.Name)))
        .GroupBy(static match => match.Groups[1].Value, static match => match.Groups[2].Value)
        .ToImmutableDictionary(static function => function.Key, static function => function.Last());

    /// <summary>Refuses a database whose tables are not those that this process knows.</summary>
    /// <exception cref="StateStoreException">They are not.</exception>
    public static void Require(Connections connections)
    {
        string where = connections.Settings.Location;
        int? version;
        using (NpgsqlConnection connection = connections.Open())
        {
            try
            {
                version = ReadVersion(connection, forUpdate: false);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
            {
                version = null;
            }
            catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
            {
                throw connections.Explain(exception);
            }
        }

        if (version is null)
        {
            throw new StateStoreException(
                $"The database {where} has no tables of a store, or the role has no right to see them. They are made by an act of their own.")
            {
                Reason = "The database of the key store is not initialized.",
                SharedFault = SharedStoreFault.NotInitialized,
            };
        }

        if (version < Version)
        {
            throw new StateStoreException(
                $"The tables in the database {where} have version {version}; this version of KmsTools needs {Version}. They are brought "
                    + "to it by an act of their own.")
            {
                Reason = "The tables of the key store are of an earlier version.",
                SharedFault = SharedStoreFault.OlderSchema,
            };
        }

        RequireNotNewer(where, version.Value);
    }

    /// <summary>Makes the tables, or brings them to this version, in one transaction.</summary>
    /// <param name="connections">The database, with a role that may create tables.</param>
    /// <param name="role">The role that gets the rights to use the tables; null for none.</param>
    /// <exception cref="StateStoreException">That is not possible; nothing was changed.</exception>
    public static DatabaseInitialization Initialize(Connections connections, string? role)
    {
        for (bool isRetried = false; ; isRetried = true)
        {
            using NpgsqlConnection connection = connections.Open();
            try
            {
                return Initialize(connection, connections.Settings, role);
            }
            catch (PostgresException exception) when (!isRetried && IsOfRival(exception))
            {
                // Another process has made the tables in the meantime; the next look tells.
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DuplicateTable)
            {
                throw new StateStoreException(
                    $"The database {connections.Settings.Location} has tables of another application ({exception.MessageText}). Choose another "
                        + "database, or another schema (Search Path=... in the connection string).",
                    exception);
            }
            catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
            {
                throw connections.Explain(exception);
            }
        }
    }

    private static DatabaseInitialization Initialize(NpgsqlConnection connection, ConnectionSettings settings, string? role)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        Execute(connection, $"SET LOCAL lock_timeout = {CommandTimeout / 2 * 1000}");
        string schema = RequireSchema(connection, settings);
        if (role is not null && ReadNumber(connection, "SELECT count(*) FROM pg_roles WHERE rolname = $1", role) == 0)
        {
            throw new StateStoreException(
                $"The server of the database {settings.Location} has no role '{role}'. Create it first: CREATE ROLE {Quote(role)} LOGIN");
        }

        int? former = HasTables(connection) ? ReadVersion(connection, forUpdate: true) : null;
        if (former is { } version)
        {
            RequireNotNewer(settings.Location, version);
        }

        foreach ((int _, string script) in s_scripts.Where(script => script.Version > (former ?? 0)))
        {
            Execute(connection, ReadScript(script));
        }

        if (former is null)
        {
            Execute(connection, $"INSERT INTO {VersionTable} (id, version, database_id) VALUES (1, {Version}, '{Guid.NewGuid():N}')");
        }
        else if (former < Version)
        {
            Execute(connection, $"UPDATE {VersionTable} SET version = {Version} WHERE id = 1");
        }

        if (role is not null)
        {
            Grant(connection, schema, role);
        }

        transaction.Commit();
        return new DatabaseInitialization(settings.Location, former, Version, role);
    }

    private static void Grant(NpgsqlConnection connection, string schema, string role)
    {
        Execute(connection, $"GRANT USAGE ON SCHEMA {Quote(schema)} TO {Quote(role)}");
        foreach (string table in Tables)
        {
            string rights = table == VersionTable ? "SELECT" : "SELECT, INSERT, UPDATE, DELETE";
            Execute(connection, $"GRANT {rights} ON {Quote(schema)}.{table} TO {Quote(role)}");
        }
    }

    // The schema that the search path names first; it is created if it is the only one and does not exist.
    private static string RequireSchema(NpgsqlConnection connection, ConnectionSettings settings)
    {
        if (ReadText(connection, "SELECT current_schema()") is { } schema)
        {
            return schema;
        }

        string? named = settings.SearchPath?.Trim();
        if (named is null || !PlainName().IsMatch(named))
        {
            throw new StateStoreException(
                $"The search path of the database {settings.Location} names no schema that exists. Name one (Search Path=...) in the "
                    + "connection string.");
        }

        Execute(connection, $"CREATE SCHEMA {named}");
        return ReadText(connection, "SELECT current_schema()")!;
    }

    private static bool HasTables(NpgsqlConnection connection) => ReadNumber(
        connection,
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1",
        VersionTable) > 0;

    private static int? ReadVersion(NpgsqlConnection connection, bool forUpdate)
    {
        using NpgsqlCommand command = new(
            $"SELECT version FROM {VersionTable} WHERE id = 1" + (forUpdate ? " FOR UPDATE" : ""), connection);
        return command.ExecuteScalar() is long version ? (int)version : null;
    }

    private static void RequireNotNewer(string where, int version)
    {
        if (version > Version)
        {
            throw new StateStoreException(
                $"The tables in the database {where} have version {version}; this version of KmsTools knows up to {Version}. Update KmsTools.")
            {
                Reason = "The tables of the key store are of a later version.",
                SharedFault = SharedStoreFault.NewerSchema,
            };
        }
    }

    // Two that make the same tables at the same time: one waits for the other, and then finds a name taken.
    private static bool IsOfRival(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateSchema
            or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using NpgsqlCommand command = new(sql, connection) { CommandTimeout = CommandTimeout };
        command.ExecuteNonQuery();
    }

    private static long ReadNumber(NpgsqlConnection connection, string sql, string value)
    {
        using NpgsqlCommand command = new(sql, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        return (long)command.ExecuteScalar()!;
    }

    private static string? ReadText(NpgsqlConnection connection, string sql)
    {
        using NpgsqlCommand command = new(sql, connection);
        return command.ExecuteScalar() as string;
    }

    private static string Quote(string name) => '"' + name.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    private static string ReadScript(string name)
    {
        using Stream stream = typeof(PostgreSqlSchema).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^CREATE TABLE (\w+)", RegexOptions.Multiline)]
    private static partial Regex CreatedTable();

    [GeneratedRegex(@"^CREATE TRIGGER (\w+) .*? ON (\w+)", RegexOptions.Multiline)]
    private static partial Regex CreatedTrigger();

    [GeneratedRegex(@"^CREATE (?:OR REPLACE )?FUNCTION (\w+)\(.*?\$\$(.*?)\$\$;", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CreatedFunction();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex PlainName();
}
