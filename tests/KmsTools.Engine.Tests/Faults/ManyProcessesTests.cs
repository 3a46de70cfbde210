using System.Diagnostics;
using System.Globalization;
using System.Text;
using KmsTools.NetworkHsms;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools.Faults;

/// <summary>
/// Many processes at one store and one cluster, of an HSM whose module is in each process and one behind a socket, with mixed calls: none
/// may fail, because none of them is wrong.
/// </summary>
[Collection("SoftHSM")]
public sealed class ManyProcessesTests(ITestOutputHelper output)
{
    private const string SecondsVariable = "KMSTOOLS_PROCESSES_SECONDS";
    private static readonly int DefaultSeconds = Campaign.Length(usual: 6, full: 60);
    private const int Processes = 8;
    private const string Token = "many-processes";

    [Fact]
    public async Task EightProcesses_MixedCalls_NoneFails()
    {
        int seconds = int.TryParse(Environment.GetEnvironmentVariable(SecondsVariable), CultureInfo.InvariantCulture, out int given)
            ? given
            : DefaultSeconds;
        string folder = Path.Combine(SoftHsm.Folder, "many-processes");
        using NetworkHsm network = new NetworkHsm(timeout: 30_000).WithToken();
        string storeId = CreateStore(folder, network);
        Process[] children = [.. Enumerable.Range(0, Processes).Select(_ => CallingProcess.Start(folder, storeId, seconds))];
        string[] outputs = await Task.WhenAll(
            children.Select(child => child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)));
        long calls = 0;
        List<string> errors = [];
        for (int index = 0; index < children.Length; index++)
        {
            await children[index].WaitForExitAsync(TestContext.Current.CancellationToken);
            string[] lines = outputs[index].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            errors.AddRange(lines.Where(static line => !line.StartsWith("calls ", StringComparison.Ordinal)));
            calls += long.Parse(
                lines.Single(static line => line.StartsWith("calls ", StringComparison.Ordinal))[6..],
                CultureInfo.InvariantCulture);
            children[index].Dispose();
        }

        output.WriteLine($"{calls} calls of {Processes} processes in {seconds} s, {errors.Count} errors");
        Assert.Empty(errors.Take(10));
        Assert.True(calls >= Processes * CallingProcess.LeastCalls, "The processes did next to nothing.");
        using KmsEngine engine = Open(folder);
        Assert.Equal(
            calls,
            engine.FindEvents(new EventQuery()).Count(static recorded => CallingProcess.Operations.Contains(recorded.EventName)));
    }

    internal static KmsEngine Open(string folder) => new(
        new StoreFactory().Open(TestStores.At(folder)),
        static () => new Pkcs11HsmProvider(),
        static () => throw new NotSupportedException());

    private static string CreateStore(string folder, NetworkHsm network)
    {
        const string TrustAnchor = "many-processes";
        using KmsEngine engine = Open(folder);
        HsmStatus local = engine.HsmTokens.Initialize(
            SoftHsm.Library, Token, "so-12345"u8, Encoding.UTF8.GetBytes(NetworkHsm.UserPin));
        HsmCluster cluster = new()
        {
            ClusterId = NetworkHsmRack.ClusterId,
            Library = SoftHsm.Library,
            Tokens = [new HsmToken(Token, local.SerialNumber), network.Token with { Library = network.Library }],
            TrustAnchorCertificate = TrustAnchor,
            CreationDate = DateTimeOffset.UnixEpoch,
            HighAvailability = true,
        };
        using (IStateTransaction transaction = engine.Store.BeginTransaction())
        {
            transaction.InsertCluster(cluster);
            transaction.Commit();
        }

        string id = engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "many-processes",
            CloudHsmClusterId = cluster.ClusterId,
            TrustAnchorCertificate = TrustAnchor,
            KeyStorePassword = NetworkHsm.UserPin,
        }).CustomKeyStoreId;
        engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        using IStateReader reader = engine.Store.OpenReader();
        Assert.Equal(ConnectionStateType.CONNECTED, reader.FindCustomKeyStore("us-east-1", id)!.ConnectionState);
        return id;
    }
}
