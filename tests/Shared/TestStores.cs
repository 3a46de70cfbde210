using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Databases;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>
/// Where the stores of tests are: in their folders or, if the environment says <c>KMSTOOLS_TEST_STORE=PostgreSQL</c>, in databases of a
/// server that this test program starts. Each folder stands for a database then, and is what a node has for itself.
/// </summary>
internal static class TestStores
{
    private const string Variable = "KMSTOOLS_TEST_STORE";
    private const string ServerVariable = "KMSTOOLS_TEST_POSTGRESQL";
    private const string Template = "kms_template";

    private static readonly Lock CreationLock = new();
    private static readonly HashSet<string> Known = [];
    private static readonly Lazy<PostgreSqlServer> LazyServer = new(FindServer);

    // Whether the server is that of the process that started this one.
    private static readonly bool s_isGuest = Environment.GetEnvironmentVariable(ServerVariable) is not null;

    /// <summary>Whether they are in a database.</summary>
    public static bool AreShared { get; } = Environment.GetEnvironmentVariable(Variable) == "PostgreSQL";

    /// <summary>
    /// How often a test kills a process that writes. What a database keeps of a transaction is the affair of its server, so that fewer kills
    /// are enough there, but for full campaigns.
    /// </summary>
    /// <param name="usual">How often it is for stores in folders.</param>
    /// <param name="full">How often it is in full campaigns.</param>
    public static int Kills(int usual, int full) =>
        Environment.GetEnvironmentVariable("KMSTOOLS_TEST_FULL") is not null ? full : AreShared ? (usual + 2) / 3 : usual;

    /// <summary>The server of this test program, which other processes that it starts use too.</summary>
    public static PostgreSqlServer Server => LazyServer.Value;

    /// <summary>How to open the store of a folder.</summary>
    public static StateStoreOptions At(string folder) => At(new StateStoreOptions { Folder = folder });

    /// <summary>How to open the store of a folder, with these options. A database stays until its server ends: none is temporary.</summary>
    public static StateStoreOptions At(StateStoreOptions options) =>
        AreShared ? options with { Temporary = false, Shared = Shared(options.Folder) } : options;

    /// <summary>A store in a database, whatever the environment says.</summary>
    public static SharedStoreOptions Shared(string folder)
    {
        string name = DatabaseOf(folder);
        lock (CreationLock)
        {
            if (Known.Add(name))
            {
                Create(name);
            }
        }

        return new SharedStoreOptions
        {
            ConnectionString = Server.ConnectionString(name) + PostgreSqlServer.Patiently,
            RootKeyFile = Path.Combine(folder, "root.key"),
        };
    }

    /// <summary>The name of the database that stands for a folder, in all processes.</summary>
    public static string DatabaseOf(string folder) =>
        "t" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder))))[..16];

    /// <summary>Makes the tables of stores in a database of a server.</summary>
    public static void Initialize(PostgreSqlServer server, string database)
    {
        server.CreateDatabase(database);
        SharedStoreOptions options = new() { ConnectionString = server.ConnectionString(database, PostgreSqlServer.Owner) + PostgreSqlServer.Patiently };
        new Storage.StoreFactory().Databases.Initialize(options, PostgreSqlServer.User);
        server.Disconnect(database);
    }

    private static bool Exists(string name) => Server.Query("postgres", $"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1";

    // A copy of a database takes a third of the time of making its tables. Another process may make it at the same time; one that was started
    // for the folder finds it.
    private static void Create(string name)
    {
        if (s_isGuest && Exists(name))
        {
            return;
        }

        try
        {
            Server.CopyDatabase(Template, name);
        }
        catch (InvalidOperationException) when (Exists(name))
        {
        }
    }

    // What is committed outlives a kill of all processes without being synced. What outlives a loss of power is no matter of these stores.
    // The server ends by itself when this process has ended.
    private static PostgreSqlServer FindServer()
    {
        if (Environment.GetEnvironmentVariable(ServerVariable)?.Split(':') is [string folder, string port])
        {
            return PostgreSqlServer.Of(folder, int.Parse(port, CultureInfo.InvariantCulture));
        }

        PostgreSqlServer server = PostgreSqlServer.Start("localhost", "fsync=off", "full_page_writes=off");
        Environment.SetEnvironmentVariable(ServerVariable, $"{server.Folder}:{server.Port}");
        Initialize(server, Template);
        return server;
    }
}
