using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Sqlite;

/// <summary>A connection to state.db with its tables.</summary>
internal sealed class StateConnection : IDisposable
{
    private static readonly TimeSpan s_recoveryLimit = TimeSpan.FromSeconds(10);

    private StateConnection(Database database)
    {
        Database = database;
        Store = new StoreTable(database);
        Quotas = new QuotasTable(database);
        Keys = new KeysTable(database);
        Materials = new KeyMaterialsTable(database);
        Aliases = new AliasesTable(database);
        Grants = new GrantsTable(database);
        CustomKeyStores = new CustomKeyStoresTable(database);
        Clusters = new HsmClustersTable(database);
        AccessKeys = new AccessKeysTable(database);
        Strays = new StrayKeyMaterialTable(database);
        Alarms = new AlarmsTable(database);
        Backups = new HsmBackupsTable(database);
        Events = new EventsTable(database);
    }

    public Database Database { get; }

    public StoreTable Store { get; }

    public QuotasTable Quotas { get; }

    public KeysTable Keys { get; }

    public KeyMaterialsTable Materials { get; }

    public AliasesTable Aliases { get; }

    public GrantsTable Grants { get; }

    public CustomKeyStoresTable CustomKeyStores { get; }

    public HsmClustersTable Clusters { get; }

    public AccessKeysTable AccessKeys { get; }

    public StrayKeyMaterialTable Strays { get; }

    public AlarmsTable Alarms { get; }

    public HsmBackupsTable Backups { get; }

    public EventsTable Events { get; }

    /// <summary>
    /// Opens the one connection that writes. <see cref="Schema.Upgrade"/> is the caller's, and <see cref="Sqlite.Database.KeepLog"/> when the store
    /// is accepted: until then the log of a store that is refused stays as it is.
    /// </summary>
    public static StateConnection OpenWriter(string file, TimeSpan limit)
    {
        var database = new Database(file);
        try
        {
            database.WaitForLocks(limit);
            database.KeepLog(true);
            Schema.State.RequireKnown(database);
            database.ExecuteWhenFree("PRAGMA journal_mode = WAL", limit);
            database.RequireSetting("journal_mode", "wal");

            // FULL: key material cannot be made again. An answered change survives a power loss.
            database.Configure("synchronous", "FULL", "2");

            // Without it, macOS reports a sync before the drive has written.
            database.Configure("fullfsync", "ON", "1");
            database.Configure("foreign_keys", "ON", "1");
            database.Configure("secure_delete", "ON", "1");

            // From here on Patience waits, with jitter: SQLite's own waiting grows to 100 ms and lets the newest process win.
            database.WaitForLocks(TimeSpan.Zero);
            return new StateConnection(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static StateConnection OpenReader(string file)
    {
        var database = new Database(file);
        database.WaitForLocks(s_recoveryLimit);
        database.Configure("query_only", "ON", "1");
        return new StateConnection(database);
    }

    public void Dispose() => Database.Dispose();
}
