using System.Diagnostics;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools.Durability;

/// <summary>
/// Kills a working process at random moments, again and again, and looks whether anything that it was answered is lost. SoftHSM's own
/// store does not survive a kill within C_Login: its token.object is restored from a copy when that happens, and counted.
/// </summary>
[Collection("SoftHSM")]
public sealed class KilledProcessTests(ITestOutputHelper output)
{
    private const string Token = "durability";
    private static readonly int Kills = Campaign.Length(usual: 15, full: 1000);
    private const string Password = "kmsPswd1";

    [Fact]
    public async Task Kill_AtRandomMoments_LosesNothingThatWasAnswered()
    {
        string folder = Path.Combine(SoftHsm.Folder, "store");
        (string customKeyStoreId, HsmCluster cluster) = CreateStore(folder);
        string tokenObject = Directory.GetFiles(SoftHsm.Folder, "token.object", SearchOption.AllDirectories)
            .Single(static file => File.ReadAllText(file, Encoding.Latin1).Contains(Token, StringComparison.Ordinal));
        byte[] tokenCopy = await File.ReadAllBytesAsync(tokenObject, TestContext.Current.CancellationToken);

        Random random = new(20300101);
        int restored = 0;
        int answers = 0;
        for (int kill = 1; kill <= Kills; kill++)
        {
            IReadOnlyList<string> lines = await RunAndKillAsync(folder, customKeyStoreId, random);
            Assert.DoesNotContain(lines, static line => line.StartsWith("failed", StringComparison.Ordinal));
            answers += lines.Count;
            if (new FileInfo(tokenObject).Length < tokenCopy.Length)
            {
                await File.WriteAllBytesAsync(tokenObject, tokenCopy, TestContext.Current.CancellationToken);
                restored++;
            }

            using KmsEngine engine = Open(folder);
            foreach (string line in lines)
            {
                Check(engine, line);
            }

            if (kill % 5 == 0)
            {
                CheckHsm(folder, cluster);
            }
        }

        output.WriteLine($"{Kills} kills, {answers} answers checked, token.object restored {restored} times");
        Assert.True(answers > Kills, "The process was killed before it did anything.");
    }

    private static async Task<IReadOnlyList<string>> RunAndKillAsync(string folder, string customKeyStoreId, Random random)
    {
        using Process process = WorkingProcess.Start(folder, customKeyStoreId);
        List<string> lines = new();
        StringBuilder text = new();
        bool beforeReady = random.Next(10) == 0;
        Task? kill = beforeReady ? KillAsync(process, random.Next(50, 300)) : null;
        char[] buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var count)
        {
            text.Append(buffer, 0, count);
            if (kill is null && text.ToString().Contains(WorkingProcess.Ready, StringComparison.Ordinal))
            {
                kill = KillAsync(process, random.Next(150));
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        string all = text.ToString();

        // What the kill cut off was never said.
        lines.AddRange(all[..(all.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return lines;
    }

    private static async Task KillAsync(Process process, int milliseconds)
    {
        await Task.Delay(milliseconds);
        process.Kill();
    }

    private static void Check(KmsEngine engine, string line)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "key":
                Assert.Equal(words[1], engine.Execute(new DescribeKeyRequest { KeyId = words[1] }).KeyMetadata.KeyId);
                break;
            case "alias":
                Assert.Equal(words[2], engine.Execute(new DescribeKeyRequest { KeyId = words[1] }).KeyMetadata.KeyId);
                break;
            case "scheduled":
                Assert.Equal(KeyState.PendingDeletion, engine.Execute(new DescribeKeyRequest { KeyId = words[1] }).KeyMetadata.KeyState);
                break;
            case "ciphertext":
                DecryptResponse decrypted = engine.Execute(new DecryptRequest { CiphertextBlob = Convert.FromBase64String(words[1]) });
                Assert.Equal(words[2], Convert.ToBase64String(decrypted.Plaintext!.ToArray()));
                break;
            default:
                Assert.Equal(WorkingProcess.Ready, line);
                break;
        }
    }

    // Every key in the HSM belongs to a key of the store, or has a record that it does not.
    private static void CheckHsm(string folder, HsmCluster cluster)
    {
        using IStateStore store = new StoreFactory().Open(TestStores.At(folder));
        using IStateReader reader = store.OpenReader();
        HashSet<string> known = [.. reader.ListStrayKeyMaterial(cluster.ClusterId).Select(static stray => stray.BackingKeyId)];
        foreach (string id in reader.ListKeyIds("us-east-1", null, int.MaxValue))
        {
            known.UnionWith(reader.FindKey("us-east-1", id)!.Materials.Select(static material => material.KeyMaterialId));
        }

        using Pkcs11HsmProvider provider = new();
        using IHsmConnection connection = provider.Connect(cluster, Encoding.UTF8.GetBytes(Password));
        Assert.All(Assert.Single(connection.ListKeys()).Keys.Where(static key => key.IsUsable), key => Assert.Contains(key.Id, known));
    }

    private static KmsEngine Open(string folder) => new(
        new StoreFactory().Open(TestStores.At(folder)),
        static () => new Pkcs11HsmProvider(),
        static () => throw new NotSupportedException());

    private static (string CustomKeyStoreId, HsmCluster Cluster) CreateStore(string folder)
    {
        using KmsEngine engine = Open(folder);
        engine.HsmTokens.Initialize(SoftHsm.Library, Token, "so-12345"u8, Encoding.UTF8.GetBytes(Password));
        HsmClusterDescription cluster = engine.HsmClusters.Register(SoftHsm.Library, [Token]);
        string id = engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "durability",
            CloudHsmClusterId = cluster.ClusterId,
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            KeyStorePassword = Password,
        }).CustomKeyStoreId;
        engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        using IStateReader reader = engine.Store.OpenReader();
        Assert.Equal(ConnectionStateType.CONNECTED, reader.FindCustomKeyStore("us-east-1", id)!.ConnectionState);
        return (id, reader.FindCluster(cluster.ClusterId)!);
    }
}
