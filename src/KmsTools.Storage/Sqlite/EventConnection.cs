
namespace KmsTools.Storage.Sqlite;

/// <summary>A connection to events.db.</summary>
internal sealed class EventConnection : IDisposable
{
    // Only if EventCheckpoint does not get to it: many processes that end after a few events each, or a reader that does not end. The
    // caller whose commit fills the log then bears the cost. 256 MB.
    private const int MaxPagesInLog = 64_000;

    private static readonly TimeSpan s_recoveryLimit = TimeSpan.FromSeconds(10);

    private EventConnection(Database database)
    {
        Database = database;
        Events = new EventsTable(database);
    }

    public Database Database { get; }

    public EventsTable Events { get; }

    public static EventConnection OpenWriter(string file, TimeSpan limit)
    {
        Database database = new(file);
        try
        {
            database.WaitForLocks(limit);
            Schema.Events.RequireKnown(database);
            database.ExecuteWhenFree("PRAGMA journal_mode = WAL", limit);
            database.RequireSetting("journal_mode", "wal");

            // NORMAL: a commit has reached the operating system, so that killing the process loses nothing, but it is not
            // synced. A power loss may lose the newest usage events (never the order or the integrity of what remains). They
            // record calls that changed no state, and a sync for each would cost a hundred times the call itself.
            database.Configure("synchronous", "NORMAL", "1");
            database.CheckpointEvery(MaxPagesInLog);
            Schema.Events.Upgrade(database, limit);

            // From here on BackoffWait waits, with jitter: the waits of SQLite grow to 100 ms and favor the newest process.
            database.WaitForLocks(TimeSpan.Zero);
            return new EventConnection(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static EventConnection OpenReader(string file)
    {
        Database database = new(file);
        database.WaitForLocks(s_recoveryLimit);
        database.Configure("query_only", "ON", "1");
        return new EventConnection(database);
    }

    /// <summary>Opens the connection of <see cref="EventCheckpoint"/>. It uses the default sync mode of SQLite: FULL.</summary>
    public static EventConnection OpenCheckpointer(string file)
    {
        Database database = new(file);

        // SQLite looks for a log at the first read, and finds nothing to move before.
        database.ReadNumber("PRAGMA user_version");
        return new EventConnection(database);
    }

    public void Dispose() => Database.Dispose();
}
