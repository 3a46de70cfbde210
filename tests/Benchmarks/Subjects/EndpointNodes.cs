using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>One store, and endpoints that serve it, each a process of its own.</summary>
internal sealed class EndpointNodes : IDisposable
{
    private const int SignedCallCount = 500;

    private readonly TemporaryStore _store;
    private readonly ServerProcess[] _nodes;
    private readonly NewAccessKey _accessKey;

    /// <summary>Makes the store, and starts the endpoints.</summary>
    /// <param name="program">The endpoint.</param>
    /// <param name="count">The number of endpoints.</param>
    /// <param name="database">The connection string of a database for the store; null for a folder.</param>
    /// <param name="syncsEvents">Whether the event log of the folder is synced before a call is answered.</param>
    public EndpointNodes(string program, int count, string? database, bool syncsEvents = false)
    {
        _store = new TemporaryStore(database);
        using (KmsEngine engine = _store.OpenEngine())
        {
            KeyId = TemporaryStore.CreateKey(engine);
            _accessKey = engine.AccessKeys.Create();
            if (syncsEvents)
            {
                engine.EventLog.Set(true, null, null);
            }
        }

        _nodes =
        [
            .. Enumerable.Range(0, count).Select(number => new ServerProcess(Children.Start(
                "dotnet",
                [
                    program, .. database is null
                        ? ["--store", _store.Folder]
                        : new[]
                        {
                            "--postgres", database, "--root-key-file", _store.Shared!.RootKeyFile!,
                            "--local-folder", _store.FileNextToIt($"node-{number}"),
                        },
                    "--until-input-ends",
                ]))),
        ];
    }

    /// <summary>The key that calls use.</summary>
    public string KeyId { get; }

    /// <summary>All that was measured.</summary>
    public List<Load> Loads { get; } = [];

    /// <summary>Time on processors of all endpoints since they began.</summary>
    public TimeSpan CpuTime => _nodes.Aggregate(TimeSpan.Zero, static (sum, node) => sum + node.CpuTime);

    /// <summary>Sends calls of Encrypt for a while, as many connections to each endpoint.</summary>
    public Load Send(int seconds, int connections)
    {
        string[] files = [.. _nodes.Select((_, number) => _store.FileNextToIt($"calls-{number}"))];
        for (int i = 0; i < files.Length; i++)
        {
            new SignedCalls().WriteEncrypt(files[i], SignedCallCount, new Uri(_nodes[i].Url).Authority, KeyId, _accessKey);
        }

        Task<Load>[] loads =
        [
            .. _nodes.Select((node, number) => Task.Run(() => Load.OfWrk(node, files[number], seconds, connections / _nodes.Length))),
        ];
        Load[] all = Task.WhenAll(loads).GetAwaiter().GetResult();
        Load sum = all.Aggregate(static (left, right) => new Load(
            left.Requests + right.Requests,
            Math.Max(left.Seconds, right.Seconds),
            left.Refused + right.Refused,
            left.Failed + right.Failed,
            Math.Max(left.P50, right.P50),
            Math.Max(left.P99, right.P99),
            Math.Max(left.P999, right.P999)));
        Loads.Add(sum);
        return sum;
    }

    /// <summary>The number of events of calls of Encrypt.</summary>
    public long CountEvents()
    {
        using Persistence.IStateStore state = _store.OpenStore();
        return state.Events.Query(new Persistence.EventQuery { EventName = "Encrypt" }).LongCount(static found => found.ErrorCode is null);
    }

    public void Dispose()
    {
        Array.ForEach(_nodes, static node => node.Dispose());
        _store.Dispose();
    }
}
