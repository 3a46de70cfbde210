using System.Security.Cryptography;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// Calls of the engine, each with its durable event, against the two things that none can do without: AES-GCM of the same bytes, and
/// a commit of the same event.
/// </summary>
internal sealed class EngineBenchmark : IBenchmark
{
    private const int ShortRounds = 7;
    private const int LongRounds = 7;
    private const int Threads = 16;
    private const int LeastPerSecond = 28_000;
    private const double LeastOfThreads = 1.6;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(250);

    // Long enough for a checkpoint of the event log to fall into most of the rounds: it belongs to the cost of a call.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(1);

    public string Name => "engine";

    public string Title => "Engine: cryptographic calls with a durable event each";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using TemporaryStore store = new();
        using IStateStore events = store.OpenStore();
        using KmsEngine engine = store.OpenEngine();
        string keyId = TemporaryStore.CreateKey(engine);
        foreach (int size in new[] { 32, 4096 })
        {
            byte[] plaintext = RandomNumberGenerator.GetBytes(size);
            byte[] ciphertext = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = plaintext }).CiphertextBlob.ToArray();
            using GcmCalls gcm = new(plaintext);
            foreach (Row row in Calls(
                store,
                events,
                $"Encrypt, {size} B",
                gcm.Encrypt,
                () => engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = plaintext })))
            {
                yield return row;
            }

            foreach (Row row in Calls(
                store,
                events,
                $"Decrypt, {size} B",
                gcm.Decrypt,
                () => engine.Execute(new DecryptRequest { CiphertextBlob = ciphertext })))
            {
                yield return row;
            }
        }

        // 1,024 bytes are the longest data key.
        foreach (int size in new[] { 32, 1024 })
        {
            using GcmCalls gcm = new(new byte[size]);
            foreach (Row row in Calls(
                store,
                events,
                $"GenerateDataKey, {size} B",
                gcm.GenerateDataKey,
                () => engine.Execute(new GenerateDataKeyRequest { KeyId = keyId, NumberOfBytes = size })))
            {
                yield return row;
            }
        }

        foreach (Row row in Throughput(engine, keyId).Concat(DecisionCosts.Measure()))
        {
            yield return row;
        }
    }

    private static IEnumerable<Row> Calls(TemporaryStore store, IStateStore events, string name, Action baseline, Action call)
    {
        _ = Rounds.Cost(s_warmUp, call);
        string commits = store.FileNextToIt($"{Guid.NewGuid():N}.db");
        using BareCommits commit = new(commits, EventSize(events));
        _ = Rounds.Cost(s_short, commit.Commit);
        _ = Rounds.Cost(s_short, baseline);
        Series[] costs = Rounds.Run(
            ShortRounds, () => Rounds.Cost(s_short, baseline), () => Rounds.Cost(s_short, commit.Commit), () => Rounds.Cost(s_short, call));
        yield return Row.Compare($"{name} : AesGcm", costs[0], costs[2], Format.Microseconds);
        yield return Row.Compare($"{name} : SQLite commit of its event", costs[1], costs[2], Format.Microseconds)
            .Noting($"allocates {Format.Value(Rounds.Allocated(1000, call), Format.Bytes)} per call");
    }

    private static IEnumerable<Row> Throughput(KmsEngine engine, string keyId)
    {
        byte[] plaintext = RandomNumberGenerator.GetBytes(32);
        void Encrypt() => engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = plaintext });
        void GenerateDataKey() => engine.Execute(new GenerateDataKeyRequest { KeyId = keyId, NumberOfBytes = 32 });
        byte[] ciphertext = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = plaintext }).CiphertextBlob.ToArray();
        void Decrypt() => engine.Execute(new DecryptRequest { CiphertextBlob = ciphertext });

        Series[] rates = [.. Rounds.Run(
            LongRounds,
            () => Rounds.Cost(1, s_long, () => Encrypt),
            () => Rounds.Cost(Threads, s_long, () => Encrypt)).Select(static cost => cost.PerSecond())];
        yield return Row.Single("Encrypt, 32 B, one thread", rates[0], Format.PerSecond)
            .Within(Limit.AtLeast(LeastPerSecond, rates[0].Median, Format.PerSecond));
        yield return Row.Compare($"Encrypt, 32 B, {Threads} threads : one thread", rates[0], rates[1], Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfThreads, rates[1].Against(rates[0]).Median, Format.Times));
        foreach ((string name, Action call) in new (string, Action)[] { ("Decrypt", Decrypt), ("GenerateDataKey", GenerateDataKey) })
        {
            yield return Scaling($"{name}, 32 B, {Threads} threads : one thread", () => call);
        }

        yield return Scaling($"AesGcm alone, 4096 B, {Threads} threads : one thread", static () => new GcmCalls(new byte[4096]).Encrypt)
            .Noting("what this machine gives to more threads than one");
    }

    private static Row Scaling(string name, Func<Action> newCall)
    {
        Series[] rates = [.. Rounds.Run(
            ShortRounds, () => Rounds.Cost(1, s_short, newCall), () => Rounds
                .Cost(Threads, s_short, newCall)).Select(static cost => cost.PerSecond())];
        return Row.Compare(name, rates[0], rates[1], Format.PerSecond);
    }

    // As long as the newest event is, with its columns.
    private static int EventSize(IStateStore events)
    {
        KmsTools.Auditing.AuditRecord newest = events.Events.Query(new EventQuery { Last = 1 }).Single();
        return newest.Json.Length + newest.EventId.Length + newest.EventName.Length + newest.Region.Length + (newest.KeyId?.Length ?? 0);
    }
}
