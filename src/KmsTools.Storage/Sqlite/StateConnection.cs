using KmsTools.Cryptography;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Sqlite;

/// <summary>A connection to state.db with its tables.</summary>
internal sealed class StateConnection : IDisposable
{
    // 16 MB. A checkpoint syncs twice and writes a page once, however often it was changed. The 1,000 pages of SQLite are full after 140
    // new keys.
    private const int MaxPagesInLog = 4000;

    private StateConnection(Database database)
    {
        Database = database;
        Store = new StoreTable(database);
        StoreSecrets = new StoreSecretsTable(database);
        RootKeys = new RootKeyTable(database);
        StoreTime = new StoreTimeTable(database);
        Quotas = new QuotasTable(database);
        Keys = new KeysTable(database);
        Materials = new KeyMaterialsTable(database);
        HeldMaterials = new HeldMaterialsTable(database);
        Aliases = new AliasesTable(database);
        Grants = new GrantsTable(database);
        CustomKeyStores = new CustomKeyStoresTable(database);
        Clusters = new HsmClustersTable(database);
        ProxyAddresses = new XksProxyAddressesTable(database);
        EndpointServices = new VpcEndpointServicesTable(database);
        AccessKeys = new AccessKeysTable(database);
        Strays = new StrayKeyMaterialTable(database);
        Facts = new KeyMaterialFactsTable(database);
        Restorations = new HsmRestorationsTable(database);
        FormerAliases = new FormerAliasesTable(database);
        Alarms = new AlarmsTable(database);
        Backups = new HsmBackupsTable(database);
        BackupKeys = new HsmBackupKeysTable(database);
        Principals = new PrincipalsTable(database);
        Authorization = new AuthorizationTable(database);
        PastValues = new PastValuesTable(database);
        Commits = new CommitsTable(database);
    }

    /// <summary>How long a connection that reads waits for the recovery after a killed process.</summary>
    public static TimeSpan RecoveryLimit { get; } = TimeSpan.FromSeconds(10);

    public Database Database { get; }

    public StoreTable Store { get; }

    public StoreSecretsTable StoreSecrets { get; }

    public RootKeyTable RootKeys { get; }

    public StoreTimeTable StoreTime { get; }

    public QuotasTable Quotas { get; }

    public KeysTable Keys { get; }

    public KeyMaterialsTable Materials { get; }

    public HeldMaterialsTable HeldMaterials { get; }

    public AliasesTable Aliases { get; }

    public GrantsTable Grants { get; }

    public CustomKeyStoresTable CustomKeyStores { get; }

    public HsmClustersTable Clusters { get; }

    public XksProxyAddressesTable ProxyAddresses { get; }

    public VpcEndpointServicesTable EndpointServices { get; }

    public AccessKeysTable AccessKeys { get; }

    public StrayKeyMaterialTable Strays { get; }

    public KeyMaterialFactsTable Facts { get; }

    public HsmRestorationsTable Restorations { get; }

    public FormerAliasesTable FormerAliases { get; }

    public AlarmsTable Alarms { get; }

    public HsmBackupsTable Backups { get; }

    public HsmBackupKeysTable BackupKeys { get; }

    public PrincipalsTable Principals { get; }

    public AuthorizationTable Authorization { get; }

    public PastValuesTable PastValues { get; }

    public CommitsTable Commits { get; }

    /// <summary>
    /// Opens the only connection that writes. The caller calls <see cref="Sqlite.Database.AuthenticateRows"/>,
    /// <see cref="Upgrade"/>, and <see cref="Sqlite.Database.KeepLog"/> when
    /// the store is accepted: until then the log must remain unchanged, in case the store is refused.
    /// </summary>
    public static StateConnection OpenWriter(string file, TimeSpan limit)
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
            return new StateConnection(database);
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

    /// <summary>Opens a connection that reads.</summary>
    /// <param name="file">state.db.</param>
    /// <param name="rows">What authenticates its rows.</param>
    public static StateConnection OpenReader(string file, RowMac rows)
    {
        Database database = new(file);
        database.AuthenticateRows(rows);
        database.WaitForLocks(RecoveryLimit);
        database.Configure("query_only", "ON", "1");
        return new StateConnection(database);
    }

    public void Dispose() => Database.Dispose();
}
