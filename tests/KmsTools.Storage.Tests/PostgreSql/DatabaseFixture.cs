using KmsTools.Cryptography;
using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests.PostgreSql;

/// <summary>A database with the tables of a store for each test, used by the role that may not make tables.</summary>
public abstract class DatabaseFixture : IDisposable
{
    private readonly List<Connections> _opened = [];
    private readonly StoreSecrets _secrets = StoreSecrets.Generate();
    private Connections? _connections;

    protected DatabaseFixture() => Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected string Folder { get; } = Path.Combine(Path.GetTempPath(), "kmstools-database-" + Guid.NewGuid().ToString("N"));

    /// <summary>The connections of a node.</summary>
    private protected Connections Node => _connections ??= OpenNode();

    private protected SharedStoreOptions Options => TestStores.Shared(Folder);

    private protected RowMac NewMac() => _secrets.Rows;

    /// <summary>The connections of another node.</summary>
    private protected Connections OpenNode()
    {
        Connections connections = new(Options);
        _opened.Add(connections);
        return connections;
    }

    private protected PostgreSqlDatabase OpenDatabase()
    {
        PostgreSqlDatabase database = new(Node);
        database.AuthenticateRows(NewMac());
        return database;
    }

    /// <summary>Executes SQL past the store.</summary>
    private protected string Query(string sql) => TestStores.Server.Query(TestStores.DatabaseOf(Folder), sql);

    public void Dispose()
    {
        _opened.ForEach(static connections => connections.Dispose());
        _secrets.Dispose();
        GC.SuppressFinalize(this);
    }
}
