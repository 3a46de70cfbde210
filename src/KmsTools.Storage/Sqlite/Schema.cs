using System.Text.RegularExpressions;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>The schema of a file: its identity, and the scripts that upgrade it from each version to the next.</summary>
/// <param name="ApplicationId">PRAGMA application_id; distinguishes our file from any other SQLite database.</param>
/// <param name="Migrations">The scripts of version 1, 2 and so on; the version is PRAGMA user_version.</param>
internal sealed partial record Schema(int ApplicationId, string[][] Migrations)
{
    /// <summary>The script of state.db that removes the events, which are in segments from then on.</summary>
    public const string EventsToSegments = "0011_state.sql";

    /// <summary>The script of state.db that makes room for the MACs of rows.</summary>
    public const string RowMacs = "0013_state.sql";

    /// <summary>The script of state.db since which the store keeps its secrets; before, they were derived from the root key.</summary>
    public const string SecretsOfStore = "0014_state.sql";

    /// <summary>The script of state.db since which the root key has generations.</summary>
    public const string GenerationsOfRootKey = "0015_state.sql";

    /// <summary>state.db. The ID reads "KMST".</summary>
    public static readonly Schema State = new(
        0x4B4D5354,
        [
            ["0001_events.sql", "0001_state.sql"],
            ["0002_state.sql"],
            ["0003_state.sql"],
            ["0004_state.sql"],
            ["0005_state.sql"],
            ["0006_state.sql"],
            ["0007_state.sql"],
            ["0008_state.sql"],
            ["0009_state.sql"],
            ["0010_state.sql"],
            [EventsToSegments],
            ["0012_state.sql"],
            [RowMacs],
            [SecretsOfStore],
            [GenerationsOfRootKey],
            ["0016_state.sql"],
            ["0017_state.sql"],
        ]);

    /// <summary>events.db: the events of version 1, the index of the segments since. The ID reads "KMSE".</summary>
    public static readonly Schema Events = new(
        0x4B4D5345, [["0001_events.sql"], ["0002_events.sql"], ["0003_events.sql"], ["0004_events.sql"]]);

    /// <summary>The version of state.db from which events are in segments, each with the number of its commit.</summary>
    public static long SegmentsVersion { get; } = VersionOf(EventsToSegments);

    /// <summary>The version of state.db from which rows have MACs.</summary>
    public static long RowMacsVersion { get; } = VersionOf(RowMacs);

    /// <summary>The version of state.db from which the store keeps its secrets.</summary>
    public static long SecretsVersion { get; } = VersionOf(SecretsOfStore);

    /// <summary>The version of state.db from which the root key has generations.</summary>
    public static long GenerationsVersion { get; } = VersionOf(GenerationsOfRootKey);

    /// <summary>The newest version, which the scripts make.</summary>
    public long Version => Migrations.Length;

    /// <summary>Refuses a file that is not ours, or is newer, before it is changed.</summary>
    public void RequireKnown(Database database)
    {
        database.Begin();
        try
        {
            long version = database.ReadNumber("PRAGMA user_version");
            if (IsOfOther(database))
            {
                throw new StateStoreException(
                    $"'{database.Path}' is the database of another application. Move it away, or choose another folder.");
            }

            if (version > Version)
            {
                throw new StateStoreException(
                    $"'{database.Path}' has schema version {version}; this version of KmsTools knows up to {Version}. "
                    + "Update the KmsTools module.");
            }
        }
        finally
        {
            database.RollBack();
        }
    }

    /// <summary>Whether the file is the database of another application.</summary>
    public bool IsOfOther(Database database) =>
        database.ReadNumber("PRAGMA application_id") != ApplicationId && !IsEmpty(database);

    /// <summary>Whether the file has no schema and no mark of any application.</summary>
    public static bool IsEmpty(Database database) => database.ReadNumber("PRAGMA application_id") == 0
        && database.ReadNumber("PRAGMA user_version") == 0
        && database.ReadNumber("SELECT count(*) FROM sqlite_schema") == 0;

    /// <summary>Upgrades the file to the newest version. If several processes try at the same time, the first does it.</summary>
    /// <param name="database">A configured connection.</param>
    /// <param name="limit">The maximum time to wait for the others.</param>
    /// <param name="before">Called before each script that upgrades an existing file, within the transaction.</param>
    /// <param name="fill">The remaining steps of the creation of the file.</param>
    /// <param name="conclude">Called at the end of the transaction that upgrades an existing file, with the version that it had.</param>
    public void Upgrade(
        Database database, TimeSpan limit, Action<string>? before = null, Action? fill = null, Action<long>? conclude = null)
    {
        if (!NeedsUpgrade(database))
        {
            return;
        }

        database.BeginImmediate(limit);
        try
        {
            if (NeedsUpgrade(database))
            {
                long version = database.ReadNumber("PRAGMA user_version");
                foreach (string script in Migrations.Skip((int)version).SelectMany(static scripts => scripts))
                {
                    if (version > 0)
                    {
                        before?.Invoke(script);
                    }

                    database.Execute(ReadScript(script));
                }

                if (version == 0)
                {
                    fill?.Invoke();
                }
                else
                {
                    conclude?.Invoke(version);
                }

                database.Execute($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
            }

            database.Commit();
        }
        finally
        {
            database.RollBack();
        }
    }

    /// <summary>
    /// Compares the schema of a file of the newest version with what the scripts make: a trigger that another program added changes
    /// records as if this store had done it.
    /// </summary>
    /// <param name="database">A connection to the file.</param>
    /// <returns>For each difference what the file has, lacks or has in another form: "has a trigger 't' that ...".</returns>
    public IEnumerable<string> FindDifferences(Database database)
    {
        using Database model = Database.OpenInMemory();
        Upgrade(model, TimeSpan.Zero);
        Dictionary<(string Type, string Name), string> expected = ReadObjects(model);
        Dictionary<(string Type, string Name), string> actual = ReadObjects(database);
        foreach (((string type, string name), string sql) in actual.OrderBy(static one => one.Key))
        {
            if (!expected.TryGetValue((type, name), out string? known))
            {
                yield return $"has {Named(type, name)} that KmsTools did not make.";
            }
            else if (known != sql)
            {
                yield return $"has {Named(type, name)} that is not as KmsTools made it.";
            }
        }

        foreach ((string type, string name) in expected.Keys.Except(actual.Keys).Order())
        {
            yield return $"lacks {Named(type, name)}.";
        }
    }

    // Those of SQLite itself follow from the others. Scripts may say the same with other comments and lines than the one that made the file.
    private static Dictionary<(string Type, string Name), string> ReadObjects(Database database) => database.ReadAll(
            "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE substr(name, 1, 7) <> 'sqlite_'",
            static row => (Type: row.Text(0), Name: row.Text(1), Sql: row.Text(2)))
        .ToDictionary(static one => (one.Type, one.Name), static one => CommentOrSpace().Replace(one.Sql, " "));

    [GeneratedRegex(@"(--[^\n]*|\s)+")]
    private static partial Regex CommentOrSpace();

    private static string Named(string type, string name) => $"{(type == "index" ? "an" : "a")} {type} '{name}'";

    private static long VersionOf(string script) => 1 + Array.FindIndex(State.Migrations, scripts => scripts.Contains(script));

    private bool NeedsUpgrade(Database database) => database.ReadNumber("PRAGMA user_version") < Version;

    private static string ReadScript(string name)
    {
        using Stream stream = typeof(Schema).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
