using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KmsTools.Benchmarks.Measuring;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// The proxy of external keys under load of wrk on the same machine, over SoftHSM: encryptions as KMS sends them for a data key, each
/// signed; against Kestrel by itself. AWS expects 1,800 requests per second of a key store, and an answer within 250 ms with the network.
/// </summary>
internal sealed class XksBenchmark : IBenchmark
{
    private const int Connections = 16;
    private const int RoundCount = 5;
    private const int Seconds = 3;
    private const int CallCount = 2000;
    private const int PlaintextSize = 72;
    private const int AdditionalDataSize = 130;
    private const int LeastPerSecond = 1800;
    private const int PacedPerSecond = 500;
    private const string Token = "benchmark";
    private const double WorstP99 = 35;
    private const double MaxMemory = 150;

    public string Name => "xks";

    public string Title => $"XKS proxy (SoftHSM2): Encrypt, {PlaintextSize} B, over HTTP, {Connections} connections, signed";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        string? original = SoftHsmFolder.FindLibrary();
        string? obstacle = !OperatingSystem.IsLinux() ? "needs Linux"
            : !Path.Exists("/usr/bin/wrk") ? "wrk is not installed: apt-get install wrk"
            : original is null ? "SoftHSM is not installed: apt-get install softhsm2"
            : null;
        return obstacle is null ? Run(original!) : [Row.LeftOut(Name, obstacle)];
    }

    private static IEnumerable<Row> Run(string library)
    {
        using SoftHsmFolder place = new();
        byte[] id = RandomNumberGenerator.GetBytes(32);
        MakeKey(library, id);
        using ServerProcess ours = new(Children.StartSelf(XksServer.Command, library, Token, Convert.ToHexStringLower(id)));
        using ServerProcess bare = new(Children.StartSelf(BareServer.Command, "300"));
        string plain = WriteCalls(place, ours, "plain", isChecked: false);
        string withValue = WriteCalls(place, ours, "checked", isChecked: true);
        string bareCalls = WriteCalls(place, bare, "bare", isChecked: false);

        // Warm both; what is answered here is looked at.
        string samples = Path.Combine(place.Folder, "samples");
        _ = Load.OfWrk(bare, bareCalls, Seconds, Connections);
        List<Load> all = [Load.OfWrk(ours, withValue, Seconds, Connections, samples)];
        int sampled = CountAnswers(samples);
        List<Load> bareLoads = [];
        List<Load> plainLoads = [];
        List<Load> checkedLoads = [];
        List<double> cpu = [];
        for (int round = 0; round < RoundCount; round++)
        {
            bareLoads.Add(Load.OfWrk(bare, bareCalls, Seconds, Connections));
            TimeSpan start = ours.CpuTime;
            plainLoads.Add(Load.OfWrk(ours, plain, Seconds, Connections));
            cpu.Add((ours.CpuTime - start).TotalMicroseconds / plainLoads[^1].Requests);
            checkedLoads.Add(Load.OfWrk(ours, withValue, Seconds, Connections));
        }

        (double[] times, int refused) = PacedLoad.RunAsync(ours.Url, withValue, PacedPerSecond, 2 * Seconds).GetAwaiter().GetResult();
        all.AddRange([.. plainLoads, .. checkedLoads]);
        Series bareRate = Load.Of(bareLoads, static load => load.PerSecond, moreIsBetter: true);
        foreach ((string name, List<Load> loads) in new[] { ("Encrypt", plainLoads), ("Encrypt with its check value", checkedLoads) })
        {
            Series rate = Load.Of(loads, static load => load.PerSecond, moreIsBetter: true);
            yield return Row.Compare($"{name} : bare Kestrel", bareRate, rate, Format.PerSecond)
                .Within(Limit.AtLeast(LeastPerSecond, rate.Median, Format.PerSecond))
                .Noting($"wrk, one thread, {RoundCount} rounds of {Seconds} s each");
            yield return Row.Single($"{name}, p99", Load.Of(loads, static load => load.P99 / 1000), Format.Milliseconds);
        }

        double p99 = times[(int)(times.Length * 0.99)];
        yield return new Row(
            $"{PacedPerSecond} evenly per second, with the check value: p99", Ours: Format.Value(p99, Format.Milliseconds))
            .Within(Limit.Below(WorstP99, p99, Format.Milliseconds))
            .Noting($"median {Format.Value(times[times.Length / 2], Format.Milliseconds)}, longest "
                + $"{Format.Value(times[^1], Format.Milliseconds)}");
        yield return Row.Single("CPU of the proxy per request, without the check value", new Series([.. cpu]), Format.Microseconds);
        yield return new Row("Peak memory of the proxy", Ours: Format.Value(ours.PeakMemory, Format.Megabytes))
            .Within(Limit.Below(MaxMemory, ours.PeakMemory, Format.Megabytes));
        long answered = all.Sum(static load => load.Requests) + times.Length;
        long wrong = all.Sum(static load => load.Refused + load.Failed) + refused;
        yield return new Row("Answers other than 200, and broken connections", Ours: $"{wrong} of {answered:#,0}").Within(
            Limit.Exactly("none", wrong == 0));
        yield return Through(library, id);
        yield return new Row("Sampled answers that are ciphertexts with their check value", Ours: $"{sampled:#,0}")
            .Within(Limit.Exactly("some", sampled > 0));
    }

    private static void MakeKey(string library, byte[] id)
    {
        using Pkcs11HsmProvider provider = new();
        HsmStatus status = provider.InitializeToken(
            library, TokenSelector.OfLabel(Token), "officer-5678"u8, Encoding.UTF8.GetBytes(XksServer.Pin));
        using IHsmConnection connection = Connect(provider, library, status);
        connection.GenerateKey(Token, id);
    }

    private static Row Through(string library, byte[] id)
    {
        using Pkcs11HsmProvider provider = new();
        using IHsmConnection connection = Connect(provider, library, provider.Find(library, [Token])[0]);
        return XksEngineCost.Measure(connection, id, library, Token);
    }

    private static IHsmConnection Connect(Pkcs11HsmProvider provider, string library, HsmStatus status) => provider.Connect(
        new HsmCluster
        {
            ClusterId = "cluster-2abcdefghij",
            Library = library,
            Tokens = [status.ToToken()],
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UnixEpoch,
        },
        Encoding.UTF8.GetBytes(XksServer.Pin));

    private static string WriteCalls(SoftHsmFolder place, ServerProcess server, string name, bool isChecked)
    {
        string file = Path.Combine(place.Folder, "calls-" + name);
        NewAccessKey accessKey = new(XksServer.AccessKeyId, XksServer.Secret, "", default);
        SignedCalls.WriteXks(file, CallCount, new Uri(server.Url).Authority, XksServer.Path, accessKey, () => Body(isChecked));
        return file;
    }

    private static string Body(bool isChecked) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["requestMetadata"] = new
        {
            awsPrincipalArn = "arn:aws:iam::123456789012:user/Alice",
            kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            kmsOperation = "GenerateDataKey",
            kmsRequestId = Guid.NewGuid(),
        },
        ["plaintext"] = RandomNumberGenerator.GetBytes(PlaintextSize),
        ["encryptionAlgorithm"] = "AES_GCM",
        ["additionalAuthenticatedData"] = RandomNumberGenerator.GetBytes(AdditionalDataSize),
        [isChecked ? "ciphertextDataIntegrityValueAlgorithm" : "other"] = "SHA_256",
    });

    private static int CountAnswers(string file)
    {
        // The last line may be cut: wrk ends without closing the file.
        int count = 0;
        foreach (string line in File.ReadLines(file).Where(static line => line.EndsWith('}')))
        {
            using JsonDocument answer = JsonDocument.Parse(line);
            count += answer.RootElement.GetProperty("ciphertext").GetBytesFromBase64().Length == PlaintextSize
                && answer.RootElement.GetProperty("ciphertextDataIntegrityValue").GetBytesFromBase64().Length == 32
                ? 1
                : throw new InvalidOperationException($"An answer is no ciphertext: {line}");
        }

        return count;
    }
}
