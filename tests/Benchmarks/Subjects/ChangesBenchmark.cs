using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Calls that change the state, alone and together, and what they cost the calls beside them.</summary>
internal sealed class ChangesBenchmark : IBenchmark
{
    private const int RoundCount = 7;
    private const int Clients = 16;
    private const int RowSize = 1500;
    private const int FewKeys = 100;
    private const int ManyKeys = 20_000;
    private const double LeastOfClients = 1;
    private const double LeastBeside = 0.9;
    private const double LeastOfMany = 0.85;

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(500);

    public string Name => "changes";

    public string Title => "Changes: synced calls, and calls beside them";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using TemporaryStore store = new();
        using KmsEngine engine = store.OpenEngine();
        string[] keys = [.. Enumerable.Range(0, FewKeys).Select(_ => TemporaryStore.CreateKey(engine))];
        using BareCommits bare = new(store.FileNextToIt("bare.db"), RowSize, isSynced: true);
        void Create() => TemporaryStore.CreateKey(engine);
        Action Encrypt() => EncryptInTurn(engine, keys);

        Series[] changes = Measure(
            () => Rounds.Cost(s_slice, bare.Commit),
            () => Rounds.Cost(1, s_slice, () => Create),
            () => Rounds.Cost(Clients, s_slice, () => Create));
        yield return Row.Compare("CreateKey, one client : synced SQLite commit of a row", changes[0], changes[1], Format.PerSecond);
        yield return Row.Compare($"CreateKey, {Clients} clients : one client", changes[1], changes[2], Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfClients, changes[2].Against(changes[1]).Median, Format.Times));

        Series[] beside = Measure(
            () => Rounds.Cost(1, s_slice, Encrypt),
            () => Beside(Create, () => Rounds.Cost(1, s_slice, Encrypt)));
        yield return Row.Compare("Encrypt, beside a client that creates keys : alone", beside[0], beside[1], Format.PerSecond)
            .Within(Limit.AtLeast(LeastBeside, beside[1].Against(beside[0]).Median, Format.Times));

        yield return ManyInTurn(engine, keys);
    }

    private static Row ManyInTurn(KmsEngine engine, string[] few)
    {
        string[] many = new string[ManyKeys];
        ParallelOptions clients = new() { MaxDegreeOfParallelism = Clients };
        _ = Parallel.For(0, ManyKeys, clients, i => many[i] = TemporaryStore.CreateKey(engine));
        Action all = EncryptInTurn(engine, many);
        for (int i = 0; i < ManyKeys; i++)
        {
            all();
        }

        Series[] rates = Measure(
            () => Rounds.Cost(1, s_slice, () => EncryptInTurn(engine, few)), () => Rounds.Cost(1, s_slice, () => all));
        return Row.Compare($"Encrypt, {ManyKeys:#,0} keys in turn : {FewKeys}", rates[0], rates[1], Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfMany, rates[1].Against(rates[0]).Median, Format.Times));
    }

    private static Series[] Measure(params Func<double>[] subjects) =>
        [.. Rounds.Run(RoundCount, subjects).Select(static cost => cost.PerSecond())];

    private static double Beside(Action disturb, Func<double> measure)
    {
        bool isOver = false;
        Thread other = new(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                disturb();
            }
        });
        other.Start();
        try
        {
            return measure();
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            other.Join();
        }
    }

    private static Action EncryptInTurn(KmsEngine engine, string[] keys)
    {
        byte[] plaintext = new byte[32];
        int next = 0;
        return () => engine.Execute(new EncryptRequest { KeyId = keys[next++ % keys.Length], Plaintext = plaintext });
    }
}
