using System.Diagnostics;
using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Many keys in use in turn, against few, and what the events of their use write.</summary>
internal sealed class KeysBenchmark : IBenchmark
{
    private const int RoundCount = 7;
    private const int Few = 100;
    private const int Many = 20_000;
    private const double LeastOfFew = 0.85;
    private const double MaxWritten = 1.5;
    private const int CallsPerRound = 20_000;

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(500);

    public string Name => "keys";

    public string Title => "Keys in use: Encrypt, 32 B, of one key after the other, and what it writes";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using TemporaryStore store = new();
        using KmsEngine engine = store.OpenEngine();
        EncryptRequest[] requests =
            [.. Fill(engine).Select(static keyId => new EncryptRequest { KeyId = keyId, Plaintext = new byte[32] })];
        double Turn(int keys) => InTurn(engine, requests.AsSpan(0, keys));
        _ = Turn(Few) + Turn(Many);
        Series[] rates = [.. Rounds.Run(RoundCount, () => Turn(Few), () => Turn(Many)).Select(static cost => cost.PerSecond())];
        yield return Row.Compare($"Encrypt, {Many:#,0} keys in turn : {Few} keys in turn", rates[0], rates[1], Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfFew, rates[1].Against(rates[0]).Median, Format.Times));
        if (OperatingSystem.IsLinux())
        {
            yield return Written(store, engine, requests[0]);
        }
    }

    // Keys with real material, all in one transaction: each by a call would take a sync each.
    private static string[] Fill(KmsEngine engine)
    {
        string first = TemporaryStore.CreateKey(engine);
        string region = engine.Properties.Region;
        using IStateTransaction transaction = engine.Store.BeginTransaction();
        Key pattern = transaction.FindKey(region, first)!;
        string[] keyIds = [.. Enumerable.Range(0, Many).Select(static _ => Guid.NewGuid().ToString("D"))];
        foreach (string keyId in keyIds)
        {
            transaction.InsertKey(pattern with
            {
                KeyId = keyId,
                Materials = [engine.Services.Software.Generate(region, keyId, pattern.CreationDate)],
            });
        }

        transaction.Commit();
        return keyIds;
    }

    // As many calls as keys at least: a shorter round would use some of them only.
    private static double InTurn(KmsEngine engine, ReadOnlySpan<EncryptRequest> requests)
    {
        int calls = 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            foreach (EncryptRequest request in requests)
            {
                _ = engine.Execute(request);
            }

            calls += requests.Length;
        }
        while (Stopwatch.GetElapsedTime(start) < s_round);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    /// <summary>Bytes that this process has the disk write for each byte of an event: log, indices, checkpoints.</summary>
    private static Row Written(TemporaryStore store, KmsEngine engine, EncryptRequest request)
    {
        using IStateStore state = store.OpenStore();
        AuditRecord newest = state.Events.Query(new EventQuery { EventName = "Encrypt", Last = 1 }).Single();
        Series written = Rounds.Run(RoundCount, () =>
        {
            long before = WrittenBytes();
            for (int i = 0; i < CallsPerRound; i++)
            {
                _ = engine.Execute(request);
            }

            return (WrittenBytes() - before) / (double)CallsPerRound / newest.Json.Length;
        })[0];
        return Row.Single("Bytes written per byte of event", written, Format.Times)
            .Within(Limit.AtMost(MaxWritten, written.Median, Format.Times))
            .Noting($"an event has {Format.Value(newest.Json.Length, Format.Bytes)}; a file system in memory writes none");
    }

    private static long WrittenBytes()
    {
        const string Field = "write_bytes: ";
        string line = File.ReadLines("/proc/self/io").Single(static line => line.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..], CultureInfo.InvariantCulture);
    }
}
