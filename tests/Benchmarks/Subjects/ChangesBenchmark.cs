using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Calls that change the store, against a bare transaction with the same writes, and what other calls feel of them.</summary>
internal sealed class ChangesBenchmark : IBenchmark
{
    private const int RoundCount = 7;
    private const int Clients = 16;
    private const int KeysInUse = 100;
    private const double LeastOfOneClient = 1;
    private const double LeastOfAlone = 0.9;

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(400);

    public string Name => "changes";

    public string Title => "Changes: CreateKey, synced to the disk with its event, and calls beside it";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using TemporaryStore store = new();
        using IStateStore state = store.OpenStore();
        using KmsEngine engine = store.OpenEngine();
        string[] keyIds = [.. Enumerable.Range(0, KeysInUse).Select(_ => TemporaryStore.CreateKey(engine))];
        using BareTransactions bare = new(store.FileNextToIt("bare.db"), RowSizes(state, keyIds[0]));
        void CreateKey() => engine.Execute(new CreateKeyRequest());
        _ = Rounds.Cost(s_round, CreateKey) + Rounds.Cost(s_round, bare.Commit);
        Series[] costs = Rounds.Run(
            RoundCount,
            () => Rounds.Cost(s_round, bare.Commit),
            () => Rounds.Cost(1, s_round, () => CreateKey),
            () => Rounds.Cost(Clients, s_round, () => CreateKey));
        yield return Row.Compare("CreateKey, 1 client : SQLite transaction of its rows", costs[0], costs[1], Format.Microseconds);
        yield return Row.Compare($"CreateKey, {Clients} clients : SQLite transaction of its rows", costs[0], costs[2], Format.Microseconds)
            .Noting("that of one connection: SQLite has one writer");
        Series one = costs[1].PerSecond();
        Series many = costs[2].PerSecond();
        yield return Row.Compare($"CreateKey, {Clients} clients : 1 client", one, many, Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfOneClient, many.Against(one).Median, Format.Times));
        yield return Beside(engine, keyIds);
    }

    /// <summary>One client that encrypts with many keys in turn, alone and while another one makes keys.</summary>
    private static Row Beside(KmsEngine engine, string[] keyIds)
    {
        EncryptRequest[] requests = [.. keyIds.Select(static keyId => new EncryptRequest { KeyId = keyId, Plaintext = new byte[32] })];
        int next = 0;
        void Encrypt() => engine.Execute(requests[next++ % requests.Length]);
        _ = Rounds.Cost(s_round, Encrypt);
        Series[] rates = [.. Rounds.Run(RoundCount, () => Rounds.Cost(s_round, Encrypt), WithMaker)
            .Select(static cost => cost.PerSecond())];
        string name = $"Encrypt, {keyIds.Length} keys in turn, beside a client that makes keys : alone";
        return Row.Compare(name, rates[0], rates[1], Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfAlone, rates[1].Against(rates[0]).Median, Format.Times));

        double WithMaker()
        {
            using CancellationTokenSource over = new();
            Task maker = Task.Factory.StartNew(
                () =>
                {
                    while (!over.IsCancellationRequested)
                    {
                        engine.Execute(new CreateKeyRequest());
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            double cost = Rounds.Cost(s_round, Encrypt);
            over.Cancel();
            maker.GetAwaiter().GetResult();
            return cost;
        }
    }

    // As long as the rows of a key, of its material and of the event of its creation, but for a few bytes of numbers and names.
    private static int[] RowSizes(IStateStore state, string keyId)
    {
        using IStateReader reader = state.OpenReader();
        Key key = reader.FindKey(state.Properties.Region, keyId)!;
        KeyMaterial material = key.CurrentMaterial!;
        int creation = state.Events.Query(new EventQuery { EventName = "CreateKey", Last = 1 }).Single().Json.Length;
        return [key.Policy.Length + key.Arn.Length, material.Wrapped.Length + material.KeyMaterialId.Length, creation];
    }
}
