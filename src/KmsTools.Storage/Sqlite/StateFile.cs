using KmsTools.Cryptography;

namespace KmsTools.Storage.Sqlite;

/// <summary>A connection to state.db.</summary>
internal sealed class StateFile : StateConnection
{
    // 16 MB. A checkpoint syncs twice and writes a page once, however often it was changed. The 1,000 pages of SQLite are full after 140
    // new keys.
    private const int MaxPagesInLog = 4000;

    private StateFile(Database database)
        : base(database) => Database = database;

    /// <summary>How long a connection that reads waits for the recovery after a killed process.</summary>
    public static TimeSpan RecoveryLimit { get; } = TimeSpan.FromSeconds(10);

    public override Database Database { get; }

    /// <summary>
    /// Opens the only connection that writes. The caller calls <see cref="Sqlite.Database.AuthenticateRows"/>,
    /// <see cref="Upgrade"/>, and <see cref="Sqlite.Database.KeepLog"/> when
    /// the store is accepted: until then the log must remain unchanged, in case the store is refused.
    /// </summary>
    public static StateFile OpenWriter(string file, TimeSpan limit)
    {
        Database database = new(file);
        try
        {
            database.WaitForLocks(limit);
            database.KeepLog(true);
            Schema.State.RequireKnown(database);
            database.ExecuteWhenFree("PRAGMA journal_mode = WAL", limit);
            database.RequireSetting("journal_mode", "wal");

            // NORMAL: StateVersion syncs the log after the lock is released, once for all that wait. Key material cannot be generated
            // again, so a change that was confirmed to the caller survives a power loss. SQLite syncs before and after each checkpoint.
            database.Configure("synchronous", "NORMAL", "1");

            // Without it, macOS reports a sync before the drive has written.
            database.Configure("fullfsync", "ON", "1");
            database.Configure("foreign_keys", "ON", "1");
            database.Configure("secure_delete", "ON", "1");
            database.CheckpointEvery(MaxPagesInLog);

            // From here on BackoffWait waits, with jitter: the waits of SQLite grow to 100 ms and favor the newest process.
            database.WaitForLocks(TimeSpan.Zero);
            return new StateFile(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Brings the file to the newest version of its schema, and authenticates the rows that an earlier version wrote.</summary>
    /// <param name="limit">The maximum time to wait for other processes.</param>
    /// <param name="rootKey">The root key of the store.</param>
    /// <param name="before">Called before each script that upgrades an existing file, within the transaction.</param>
    /// <param name="fill">The remaining steps of the creation of the file.</param>
    public void Upgrade(TimeSpan limit, RootKey rootKey, Action<string>? before = null, Action? fill = null) => Schema.State.Upgrade(
        Database,
        limit,
        before,
        () =>
        {
            fill?.Invoke();

            // The scripts have made rows too.
            new AuthenticatedTables(Database).AuthenticateAll();
        },
        version => StoredSecrets.TakeOver(version, this, rootKey));

    /// <summary>The tables of a file that is examined. Rows with MACs can be read once <see cref="Sqlite.Database"/> has their key.</summary>
    public static StateFile Of(ExaminedFile file) => new(file.Database);

    /// <summary>Opens a connection that reads.</summary>
    /// <param name="file">state.db.</param>
    /// <param name="rows">What authenticates its rows.</param>
    public static StateFile OpenReader(string file, RowMac rows)
    {
        Database database = new(file);
        database.AuthenticateRows(rows);
        database.WaitForLocks(RecoveryLimit);
        database.Configure("query_only", "ON", "1");
        return new StateFile(database);
    }
}
