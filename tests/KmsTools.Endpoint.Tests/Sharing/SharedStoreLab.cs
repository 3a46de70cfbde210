using KmsTools.Auditing;
using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Endpoint.Sharing;

/// <summary>A store on a PostgreSQL server of its own, which syncs as it does by default, and the nodes that share it.</summary>
internal sealed class SharedStoreLab : IAsyncDisposable
{
    private const string Database = "kms";

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-shared-").FullName;
    private readonly List<SharedNode> _nodes = [];

    private readonly string _more;

    private SharedStoreLab(PostgreSqlServer server, PostgreSqlServer? standby, string more)
    {
        _more = more;
        Server = server;
        Standby = standby;
    }

    public PostgreSqlServer Server { get; }

    /// <summary>The server that takes over; null for none.</summary>
    public PostgreSqlServer? Standby { get; }

    public IReadOnlyList<SharedNode> Nodes => _nodes;

    public (string Id, string Secret) AccessKey { get; private set; }

    // Over TCP where there are two servers, as between machines.
    private string ConnectionString => Standby is null
        ? Server.ConnectionString(Database)
        : $"Host=127.0.0.1:{Server.Port},127.0.0.1:{Standby.Port};Database={Database};Username={PostgreSqlServer.User}";

    /// <summary>Starts a server, and makes a store with an access key for alice.</summary>
    /// <param name="withStandby">Whether there is a server that takes over.</param>
    /// <param name="more">What else the connection string of the nodes says.</param>
    public static SharedStoreLab Start(bool withStandby = false, string more = "")
    {
        PostgreSqlServer server = PostgreSqlServer.Start();
        SharedStoreLab lab = new(server, withStandby ? server.StartStandby() : null, more);
        TestStores.Initialize(server, Database);
        using KmsEngine engine = lab.Open();
        NewAccessKey key = engine.AccessKeys.Create($"arn:aws:iam::{EndpointFixture.Account}:user/alice");
        lab.AccessKey = (key.AccessKeyId, key.SecretAccessKey);
        return lab;
    }

    /// <summary>Opens the store in this process, on the first node's machine.</summary>
    public KmsEngine Open() => new(
        new StoreFactory().Open(Options(0, PostgreSqlServer.Patiently)),
        static () => throw new NotSupportedException(),
        static () => throw new NotSupportedException());

    /// <summary>Starts an endpoint.</summary>
    public async Task<EndpointNode> StartEndpointAsync()
    {
        int number = _nodes.Count;
        SharedStoreOptions shared = Options(number).Shared!;
        List<string> arguments = ["--postgres", shared.ConnectionString, "--root-key-file", shared.RootKeyFile!];
        if (shared.PasswordFile is { } passwordFile)
        {
            arguments.AddRange(["--password-file", passwordFile]);
        }

        Dictionary<string, string?> environment = new() { ["XDG_DATA_HOME"] = FolderOf(number) };
        EndpointNode node = await EndpointNode.StartAsync(
            $"endpoint {number}", () => EndpointProcess.StartAsync([.. arguments], environment), AccessKey);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts a session of PowerShell; where there is none, another engine stands for it.</summary>
    public async Task StartSessionAsync()
    {
        StateStoreOptions options = Options(_nodes.Count);
        string name = $"session {_nodes.Count}";
        _nodes.Add(PowerShellNode.FindModule() is { } module && options.Shared!.PasswordFile is null
            ? await PowerShellNode.StartAsync(name, module, options.Shared.ConnectionString, options.Shared.RootKeyFile!)
            : new EngineNode(name, options));
    }

    /// <summary>How often each request is in the events, and how many calls there are in all.</summary>
    public (Dictionary<string, int> Requests, int Calls) CountEvents()
    {
        using KmsEngine engine = Open();
        Dictionary<string, int> requests = [];
        int calls = 0;
        foreach (AuditEvent recorded in engine.FindEvents(new EventQuery()).Where(static recorded => recorded.EventType == "AwsApiCall"))
        {
            calls++;
            requests[recorded.RequestId!] = requests.GetValueOrDefault(recorded.RequestId!) + 1;
        }

        return (requests, calls);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SharedNode node in _nodes)
        {
            await node.DisposeAsync();
        }

        Standby?.Dispose();
        Server.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Each node has a folder and a root key file of its own, as on machines of their own.
    private StateStoreOptions Options(int node) => Options(node, _more);

    private StateStoreOptions Options(int node, string more)
    {
        string rootKey = Path.Combine(FolderOf(node), "root.key");
        string first = Path.Combine(FolderOf(0), "root.key");
        if (node > 0 && !File.Exists(rootKey))
        {
            File.Copy(first, rootKey);
        }

        return new StateStoreOptions
        {
            Folder = Path.Combine(FolderOf(node), "node"),
            Shared = new SharedStoreOptions
            {
                ConnectionString = ConnectionString + more,
                RootKeyFile = rootKey,
                PasswordFile = Standby is null ? null : Server.PasswordFile,
            },
        };
    }

    private string FolderOf(int node)
    {
        string folder = Path.Combine(_folder, $"machine-{node}");
        Directory.CreateDirectory(folder);
        return folder;
    }
}
