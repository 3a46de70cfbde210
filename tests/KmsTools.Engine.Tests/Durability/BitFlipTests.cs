using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Durability;

/// <summary>
/// Flips single bits in the files of a store, one at a time, and looks whether a key is lost, or shown as what it was not, without anyone
/// saying so: the opening, the call, or the verification of the store. KMSTOOLS_FAULT_SEED repeats a run.
/// </summary>
public sealed class BitFlipTests(ITestOutputHelper output) : IDisposable
{
    private const int Keys = 12;

    // Of a hundred flips: the rest is anywhere, which is mostly in what is empty.
    private const int PercentInContent = 85;

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-flips-").FullName;
    private readonly List<(string KeyId, string Description, byte[] Ciphertext)> _made = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("stopped")]
    [InlineData("killed")]
    public void Flip_OfAnyBit_LosesNoKeyInSilence(string state)
    {
        string origin = Path.Combine(_folder, state);
        Make(origin, isKilled: state == "killed");
        Assert.Equal("fine", Examine(Copy(origin)));
        string[] files = [.. Directory.EnumerateFiles(origin, "*", SearchOption.AllDirectories).Where(static file => new FileInfo(file).Length > 0)
            .Order(StringComparer.Ordinal)];
        Random random = new(Campaign.Seed);
        SortedDictionary<string, int> outcomes = [];
        for (int i = 0; i < Campaign.Length(usual: 30, full: 500); i++)
        {
            string file = files[random.Next(files.Length)];
            byte[] content = File.ReadAllBytes(file);
            long at = Choose(content, random);
            content[at] ^= (byte)(1 << random.Next(8));
            string copy = Copy(origin);
            string name = Path.GetRelativePath(origin, file);
            File.WriteAllBytes(Path.Combine(copy, name), content);
            string outcome = Examine(copy);
            string entry = $"{name}: {outcome}";
            outcomes[entry] = outcomes.GetValueOrDefault(entry) + 1;
            Assert.False(
                outcome.StartsWith("silent", StringComparison.Ordinal),
                $"{outcome} after a flip of byte {at} of {name} ({Campaign.Repeat(Campaign.Seed)}, flip {i}).");
        }

        foreach ((string entry, int count) in outcomes)
        {
            output.WriteLine($"{count,4} {entry}");
        }
    }

    // As a process that is killed leaves it: the files while the store is open.
    private void Make(string folder, bool isKilled)
    {
        string original = isKilled ? folder + "-open" : folder;
        using (KmsEngine engine = Open(original))
        {
            for (int i = 0; i < Keys; i++)
            {
                string keyId = engine.Execute(new CreateKeyRequest { Description = $"desc{i}" }).KeyMetadata!.KeyId;
                engine.Execute(new CreateAliasRequest { AliasName = $"alias/a{i}", TargetKeyId = keyId });
                EncryptResponse sealing = engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = BitConverter.GetBytes(i) });
                _made.Add((keyId, $"desc{i}", sealing.CiphertextBlob!.ToArray()));
            }

            if (isKilled)
            {
                CopyTo(original, folder);
            }
        }
    }

    private string Examine(string folder)
    {
        try
        {
            using KmsEngine engine = Open(folder);
            ImmutableArray<string> faults = [.. _made.SelectMany((made, i) => Check(engine, made, i))];
            if (faults.IsEmpty)
            {
                return "fine";
            }

            if (faults.All(static fault => fault == "named"))
            {
                return "named by the call";
            }

            List<StoreFinding> findings = [];
            engine.Verifier.Run(findings.Add, []);
            return findings.Exists(static finding => finding.IsDamage)
                ? "named by the verification"
                : $"silent: {string.Join(", ", faults.Where(static fault => fault != "named").Distinct())}";
        }
        catch (StateStoreException)
        {
            return "refused";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Check(KmsEngine engine, (string KeyId, string Description, byte[] Ciphertext) made, int i)
    {
        string? described = Try(() =>
            engine.Execute(new DescribeKeyRequest { KeyId = made.KeyId }).KeyMetadata!.Description == made.Description);
        string? aliased = Try(() =>
            engine.Execute(new DescribeKeyRequest { KeyId = $"alias/a{i}" }).KeyMetadata!.KeyId == made.KeyId);
        string? decrypted = Try(() => engine.Execute(new DecryptRequest { CiphertextBlob = made.Ciphertext }).Plaintext!.ToArray()
            .SequenceEqual(BitConverter.GetBytes(i)));
        return new[] { described, aliased, decrypted }.OfType<string>();
    }

    // Null if it is as it was; "named" if the error says what is damaged; otherwise what the caller is told instead.
    private static string? Try(Func<bool> isRight)
    {
        try
        {
            return isRight() ? null : "another answer";
        }
        catch (KmsException exception)
        {
            return exception.ErrorCode == "KMSInternalException" ? "named" : exception.ErrorCode;
        }
        catch (StateStoreException)
        {
            return "named";
        }
    }

    private static long Choose(byte[] content, Random random)
    {
        if (random.Next(100) < PercentInContent)
        {
            for (int i = 0; i < 1000; i++)
            {
                int at = random.Next(content.Length);
                if (content[at] != 0)
                {
                    return at;
                }
            }
        }

        return random.Next(content.Length);
    }

    private string Copy(string origin)
    {
        string copy = Path.Combine(_folder, "copy-" + RandomNumberGenerator.GetHexString(8));
        CopyTo(origin, copy);
        return copy;
    }

    private static void CopyTo(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            string parent = Path.GetDirectoryName(target)!;
            if (!Directory.Exists(parent))
            {
                _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(parent)
                    : Directory.CreateDirectory(parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            File.Copy(file, target);
        }
    }

    private static KmsEngine Open(string folder) => new(
        new StoreFactory().Open(TestStores.At(folder)),
        static () => throw new NotSupportedException(),
        static () => throw new NotSupportedException());
}
