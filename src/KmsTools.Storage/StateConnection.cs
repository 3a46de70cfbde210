using KmsTools.Storage.Sql;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>A connection to the state of a store, with its tables. Used by one thread at a time.</summary>
internal abstract class StateConnection : IDisposable
{
    protected StateConnection(IDatabase database)
    {
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

    /// <summary>The database, as tables see it.</summary>
    public abstract IDatabase Database { get; }

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

    public void Dispose() => Database.Dispose();
}
