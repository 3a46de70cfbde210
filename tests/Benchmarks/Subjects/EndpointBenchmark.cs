using System.Text.Json;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// The endpoint under load of wrk on the same machine: Encrypt of 32 bytes, every call signed and every event durable; against
/// Kestrel by itself with requests and answers of the same size.
/// </summary>
internal sealed class EndpointBenchmark : IBenchmark
{
    private const int Connections = 16;
    private const int RoundCount = 5;
    private const int Seconds = 3;
    private const int SecondsAlone = 1;
    private const int SignedCallCount = 2000;
    private const int LeastPerSecond = 15_000;
    private const double WorstP99 = 10;
    private const double MaxOfBareP99 = 3;
    private const double LeastOfBare = 0.5;
    private const double LeastOfBareAlone = 0.6;
    private const double LeastOfOneMaker = 1;
    private const double MaxMemory = 150;

    public string Name => "endpoint";

    public string Title => $"Endpoint: Encrypt, 32 B, over HTTP, {Connections} connections, signed, with a durable event";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        string program = Path.Combine(options.Module, "Endpoint", "KmsTools.Endpoint.dll");
        string? obstacle = !OperatingSystem.IsLinux() ? "needs Linux"
            : !Path.Exists("/usr/bin/wrk") ? "wrk is not installed: apt-get install wrk"
            : !File.Exists(program) ? "the endpoint is not built: ./build.sh build"
            : null;
        return obstacle is null ? Run(program) : [Row.LeftOut(Name, obstacle)];
    }

    private static IEnumerable<Row> Run(string program)
    {
        using TemporaryStore store = new();
        using KmsEngine engine = store.OpenEngine();
        using IStateStore state = store.OpenStore();
        string keyId = TemporaryStore.CreateKey(engine);
        NewAccessKey accessKey = engine.AccessKeys.Create();
        int bodySize = AnswerSize(engine, keyId);
        long before = CountEvents(state);

        using ServerProcess ours = new(Children.Start("dotnet", program, "--store", store.Folder, "--until-input-ends"));
        using ServerProcess bare = new(Children.StartSelf(BareServer.Command, $"{bodySize}"));
        SignedCalls calls = new();
        string oursFile = store.FileNextToIt("calls-ours");
        string bareFile = store.FileNextToIt("calls-bare");
        calls.WriteEncrypt(oursFile, SignedCallCount, new Uri(ours.Url).Authority, keyId, accessKey);
        calls.WriteEncrypt(bareFile, SignedCallCount, new Uri(bare.Url).Authority, keyId, accessKey);

        // Warm both; what is answered here is looked at.
        _ = Load.OfWrk(bare, bareFile, Seconds, Connections);
        string samples = store.FileNextToIt("samples");
        List<Load> all = new() { Load.OfWrk(ours, oursFile, Seconds, Connections, samples) };
        string sampled = CheckSamples(engine, calls, samples, keyId);

        List<Load> bareLoads = new();
        List<Load> oursLoads = new();
        List<Load> bareAlone = new();
        List<Load> oursAlone = new();
        List<double> cpu = new();
        for (int round = 0; round < RoundCount; round++)
        {
            bareLoads.Add(Load.OfWrk(bare, bareFile, Seconds, Connections));
            TimeSpan start = ours.CpuTime;
            Load load = Load.OfWrk(ours, oursFile, Seconds, Connections);
            cpu.Add((ours.CpuTime - start).TotalMicroseconds / load.Requests);
            oursLoads.Add(load);
            bareAlone.Add(Load.OfWrk(bare, bareFile, SecondsAlone, 1));
            oursAlone.Add(Load.OfWrk(ours, oursFile, SecondsAlone, 1));
        }

        string keysFile = store.FileNextToIt("calls-keys");
        SignedCalls.WriteCreateKey(keysFile, new Uri(ours.Url).Authority, accessKey);
        double memory = ours.PeakMemory;
        List<Load> makers = new();
        List<Load> maker = new();
        _ = Load.OfWrk(ours, keysFile, Seconds, Connections);
        for (int round = 0; round < RoundCount; round++)
        {
            makers.Add(Load.OfWrk(ours, keysFile, SecondsAlone, Connections));
            maker.Add(Load.OfWrk(ours, keysFile, SecondsAlone, 1));
        }

        Series one = Load.Of(maker, static load => load.PerSecond, moreIsBetter: true);
        Series many = Load.Of(makers, static load => load.PerSecond, moreIsBetter: true);
        all.AddRange([.. oursLoads, .. oursAlone]);
        Series rate = Load.Of(oursLoads, static load => load.PerSecond, moreIsBetter: true);
        Series p99 = Load.Of(oursLoads, static load => load.P99 / 1000);
        yield return Row.Compare(
            "Requests : bare Kestrel",
            Load.Of(bareLoads, static load => load.PerSecond, moreIsBetter: true),
            rate,
            Format.PerSecond)
            .Within(Limit.AtLeast(LeastPerSecond, rate.Median, Format.PerSecond))
            .Noting($"wrk, one thread, {RoundCount} rounds of {Seconds} s each");
        yield return Row.Compare("Latency, p99 : bare Kestrel", Load.Of(bareLoads, static load => load.P99 / 1000), p99, Format.Milliseconds)
            .Within(Limit.Below(WorstP99, p99.Median, Format.Milliseconds));
        foreach (Row row in InProportion($"{Connections} connections", bareLoads, oursLoads, LeastOfBare)
            .Concat(InProportion("1 connection", bareAlone, oursAlone, LeastOfBareAlone)))
        {
            yield return row;
        }

        yield return Row.Compare($"CreateKey, {Connections} connections : 1 connection", one, many, Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfOneMaker, many.Against(one).Median, Format.Times));
        yield return Row.Single("CPU of the server per request", new Series([.. cpu]), Format.Microseconds);
        yield return new Row(
            "Peak memory of the server",
            Format.Value(bare.PeakMemory, Format.Megabytes),
            Format.Value(memory, Format.Megabytes))
            .Within(Limit.Below(MaxMemory, memory, Format.Megabytes));

        long answered = all.Sum(static load => load.Requests);
        long refused = all.Sum(static load => load.Refused + load.Failed);
        yield return new Row("Answers other than 200, and broken connections", Ours: $"{refused} of {answered:#,0}").Within(
            Limit.Exactly("none", refused == 0));
        yield return new Row("Sampled answers that decrypt to a plaintext that was sent", Ours: sampled)
            .Within(Limit.Exactly("all", sampled.Split(" of ") is [var good, var looked] && good == looked && good != "0"));

        // wrk leaves with up to one call per connection under way.
        long events = CountEvents(state) - before;
        yield return new Row("Events in the store - answered calls", Ours: $"{events - answered:#,0}")
            .Within(Limit.Exactly($"0 to {Connections * all.Count}", events >= answered && events <= answered + (Connections * all.Count)))
            .Noting($"{Connections} calls may be under way at the end of each of the {all.Count} loads");
    }

    /// <summary>How near the endpoint comes to the server alone: what is left of the requests, how much longer the slowest take.</summary>
    private static IEnumerable<Row> InProportion(string connections, List<Load> bare, List<Load> ours, double least)
    {
        Series bareRate = Load.Of(bare, static load => load.PerSecond, moreIsBetter: true);
        Series rate = Load.Of(ours, static load => load.PerSecond, moreIsBetter: true);
        yield return Row.Compare($"{connections}: requests : bare Kestrel", bareRate, rate, Format.PerSecond)
            .Within(Limit.AtLeast(least, rate.Against(bareRate).Median, Format.Times));
        yield return Row.Compare($"{connections}: median : bare Kestrel", Load.Of(bare, P50), Load.Of(ours, P50), Format.Milliseconds);
        Series bareP99 = Load.Of(bare, P99);
        Series p99 = Load.Of(ours, P99);
        yield return Row.Compare($"{connections}: p99 : bare Kestrel", bareP99, p99, Format.Milliseconds)
            .Within(Limit.AtMost(MaxOfBareP99, p99.Against(bareP99).Median, Format.Times));
        yield return Row.Compare($"{connections}: p99.9 : bare Kestrel", Load.Of(bare, P999), Load.Of(ours, P999), Format.Milliseconds);

        static double P50(Load load) => load.P50 / 1000;
        static double P99(Load load) => load.P99 / 1000;
        static double P999(Load load) => load.P999 / 1000;
    }

    private static string CheckSamples(KmsEngine engine, SignedCalls calls, string file, string keyId)
    {
        // The last line may be cut: wrk ends without closing the file.
        string[] lines = [.. File.ReadLines(file).Where(static line => line.EndsWith('}'))];
        int good = 0;
        foreach (string line in lines)
        {
            using JsonDocument answer = JsonDocument.Parse(line);
            byte[] ciphertext = answer.RootElement.GetProperty("CiphertextBlob").GetBytesFromBase64();
            bool isOfKey = answer.RootElement.GetProperty("KeyId").GetString()!.EndsWith(keyId, StringComparison.Ordinal);
            good += isOfKey && calls.Contains(engine.Execute(new DecryptRequest { CiphertextBlob = ciphertext }).Plaintext!.ToArray())
                ? 1
                : 0;
        }

        return $"{good} of {lines.Length}";
    }

    private static int AnswerSize(KmsEngine engine, string keyId)
    {
        EncryptResponse response = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = new byte[32] });
        return JsonSerializer.SerializeToUtf8Bytes(
            new { CiphertextBlob = response.CiphertextBlob.ToArray(), response.EncryptionAlgorithm, response.KeyId }).Length;
    }

    private static long CountEvents(IStateStore store) =>
        store.Events.Query(new EventQuery { EventName = "Encrypt" }).LongCount(static found => found.ErrorCode is null);
}
