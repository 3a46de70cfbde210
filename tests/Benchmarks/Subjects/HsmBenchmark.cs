using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Benchmarks.Measuring;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// What the way to an HSM costs over the PKCS#11 calls themselves, with SoftHSM: per call and before any event. SoftHSM must be there.
/// </summary>
internal sealed class HsmBenchmark : IBenchmark
{
    private const string Pin = "user-1234";
    private const int AdditionalData = 96;
    private const int CallsPerRound = 4000;
    private const int CompareRounds = 15;
    private const int Threads = 8;
    private const int ThreadRounds = 7;
    private const double MaxOverLoop = 1.15;
    private const double LeastOfLoop = 0.9;

    private static readonly TimeSpan s_threads = TimeSpan.FromMilliseconds(500);

    public string Name => "hsm";

    public string Title => "HSM (SoftHSM2): one message in the HSM, before its event";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        string? original = SoftHsmFolder.FindLibrary();
        if (original is null || !Children.TryRun("cc", ["--version"], out _))
        {
            return [Row.LeftOut(
                Name,
                original is null ? "SoftHSM is not installed: apt-get install softhsm2" : "there is no C compiler (cc)")];
        }

        return Run(original);
    }

    private static IEnumerable<Row> Run(string original)
    {
        using SoftHsmFolder place = new();
        string folder = place.Folder;
        string library = Copy(original, folder, "ours");
        using Pkcs11HsmProvider provider = new();
        HsmToken[] tokens = [.. new[] { "benchmark-1", "benchmark-2" }.Select(label => NewToken(provider, library, label))];
        byte[] id = RandomNumberGenerator.GetBytes(32);
        using (IHsmConnection connection = Connect(provider, library, [tokens[0]]))
        {
            connection.GenerateKey("benchmark", id);
            foreach (Row row in Calls(connection, folder, original, tokens[0].TokenLabel, id))
            {
                yield return row;
            }
        }

        foreach ((int ofOne, int ofBoth) in new[] { (1, 2), (Threads, Threads) })
        {
            foreach (Row row in TwoHsms(provider, folder, original, library, tokens, ofOne, ofBoth))
            {
                yield return row;
            }
        }
    }

    private static IEnumerable<Row> Calls(IHsmConnection connection, string folder, string original, string token, byte[] id)
    {
        using Pkcs11Loop inside = Pkcs11Loop.InThisProcess(folder, Copy(original, folder, "inside"), token, Pin, id);
        using Pkcs11Loop apart = Pkcs11Loop.InItsOwn(folder, Copy(original, folder, "apart"), token, Pin, id);
        byte[] additionalData = new byte[AdditionalData];
        foreach (bool isDecryption in new[] { false, true })
        {
            foreach (int size in new[] { 32, 4096 })
            {
                byte[] plaintext = RandomNumberGenerator.GetBytes(size);
                byte[] ciphertext = new byte[size + 28];
                connection.Encrypt(id, plaintext, additionalData, ciphertext);
                double Ours(int calls) => Rounds.Time(() =>
                {
                    for (int i = 0; i < calls; i++)
                    {
                        if (isDecryption)
                        {
                            connection.Decrypt(id, ciphertext, additionalData, plaintext);
                        }
                        else
                        {
                            connection.Encrypt(id, plaintext, additionalData, ciphertext);
                        }
                    }
                }) / calls;

                // Until the runtime has compiled the way for good.
                _ = Ours(40_000);
                Series[] costs = Rounds.Run(
                    CompareRounds,
                    () => inside.Cost(isDecryption, CallsPerRound, size, AdditionalData),
                    () => apart.Cost(isDecryption, CallsPerRound, size, AdditionalData),
                    () => Ours(CallsPerRound));
                string call = isDecryption ? "Decrypt" : "Encrypt";
                yield return Compare($"{call}, {size} B : C loop in the same process", costs[0], costs[2]);
                yield return Compare($"{call}, {size} B : C loop in a process of one thread", costs[1], costs[2]);
            }
        }
    }

    private static Row Compare(string name, Series loop, Series ours) => Row.Compare(name, loop, ours, Format.Microseconds)
        .Within(Limit.AtMost(MaxOverLoop, ours.Against(loop).Median, Format.Times));

    // How much faster two HSMs are than one is up to the machine too: its cores are those of SoftHSM. The C loop shows how much.
    private static Row[] TwoHsms(
        Pkcs11HsmProvider provider, string folder, string original, string library, HsmToken[] tokens, int threadsOfOne, int threadsOfBoth)
    {
        string name = threadsOfOne == threadsOfBoth
            ? $"Encrypt, 32 B, {threadsOfBoth} threads, 2 HSMs : 1 HSM"
            : "Encrypt, 32 B, a thread for each HSM, 2 HSMs : 1 HSM";
        try
        {
            // One at a time: connections to the same token share an instance of the library.
            byte[] id = RandomNumberGenerator.GetBytes(32);
            using IHsmConnection both = Connect(provider, library, [.. tokens]);
            both.GenerateKey("benchmark", id);
            byte[] plaintext = RandomNumberGenerator.GetBytes(32);
            Func<Action> NewCall(IHsmConnection connection) => () =>
            {
                byte[] ciphertext = new byte[plaintext.Length + 28];
                return () => connection.Encrypt(id, plaintext, [], ciphertext);
            };
            using IHsmConnection one = Connect(provider, library, [tokens[0]]);
            using Pkcs11Loop.Program loop = Pkcs11Loop.InItsOwn(
                folder,
                Pin,
                id,
                [.. tokens.Select(token => (Copy(original, folder, $"{threadsOfOne}-{token.TokenLabel}"), token.TokenLabel))]);
            Series[] rates = [.. Rounds.Run(
                ThreadRounds,
                () => loop.Cost(threadsOfOne, 1, s_threads),
                () => loop.Cost(threadsOfBoth, 2, s_threads),
                () => Rounds.Cost(threadsOfOne, s_threads, NewCall(one)),
                () => Rounds.Cost(threadsOfBoth, s_threads, NewCall(both))).Select(static cost => cost.PerSecond())];
            double least = LeastOfLoop * rates[1].Against(rates[0]).Median;
            return
            [
                Row.Compare($"{name}, C loop", rates[0], rates[1], Format.PerSecond).Noting("what this machine gives"),
                Row.Compare(name, rates[2], rates[3], Format.PerSecond)
                    .Within(Limit.AtLeast(least, rates[3].Against(rates[2]).Median, Format.Times)),
            ];
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.NotPermitted)
        {
            return [new Row(name, Verdict: "not supported", Note: exception.Message)];
        }
    }

    private static HsmToken NewToken(Pkcs11HsmProvider provider, string library, string label)
    {
        HsmStatus status = provider.InitializeToken(library, label, "officer-5678"u8, Encoding.UTF8.GetBytes(Pin));
        return new HsmToken(status.TokenLabel, status.SerialNumber);
    }

    private static IHsmConnection Connect(Pkcs11HsmProvider provider, string library, ImmutableArray<HsmToken> tokens) => provider.Connect(
        new HsmCluster
        {
            ClusterId = "cluster-2abcdefghij",
            Library = library,
            Tokens = tokens,
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UnixEpoch,
        },
        Encoding.UTF8.GetBytes(Pin));

    // The loader takes a copy for another library, so that nobody shares an instance.
    private static string Copy(string library, string folder, string name)
    {
        string copy = Path.Combine(folder, $"libsofthsm2-{name}{Path.GetExtension(library)}");
        File.Copy(library, copy);
        return copy;
    }
}
