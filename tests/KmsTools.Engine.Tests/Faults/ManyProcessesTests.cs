using System.Diagnostics;
using System.Globalization;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Sqlite;

namespace KmsTools.Faults;

/// <summary>Many processes at one cluster and one store, with mixed calls: none may fail, because none of them is wrong.</summary>
[Collection("SoftHSM")]
public sealed class ManyProcessesTests(ITestOutputHelper output)
{
    private const string SecondsVariable = "KMSTOOLS_PROCESSES_SECONDS";
    private const int DefaultSeconds = 60;
    private const int Processes = 8;
    private const string Password = "kmsPswd1";

    [Fact]
    public async Task EightProcesses_MixedCalls_NoneFails()
    {
        int seconds = int.TryParse(Environment.GetEnvironmentVariable(SecondsVariable), CultureInfo.InvariantCulture, out int given)
            ? given
            : DefaultSeconds;
        string folder = Path.Combine(SoftHsm.Folder, "many-processes");
        string storeId = CreateStore(folder);
        Process[] children = [.. Enumerable.Range(0, Processes).Select(_ => CallingProcess.Start(folder, storeId, seconds))];
        string[] outputs = await Task.WhenAll(children.Select(child => child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)));
        long calls = 0;
        List<string> errors = [];
        for (int index = 0; index < children.Length; index++)
        {
            await children[index].WaitForExitAsync(TestContext.Current.CancellationToken);
            string[] lines = outputs[index].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            errors.AddRange(lines.Where(static line => !line.StartsWith("calls ", StringComparison.Ordinal)));
            calls += long.Parse(lines.Single(static line => line.StartsWith("calls ", StringComparison.Ordinal))[6..], CultureInfo.InvariantCulture);
            children[index].Dispose();
        }

        output.WriteLine($"{calls} calls of {Processes} processes in {seconds} s, {errors.Count} errors");
        Assert.Empty(errors.Take(10));
        Assert.True(calls > Processes * seconds, "The processes did next to nothing.");
        using KmsEngine engine = Open(folder);
        Assert.Equal(calls, engine.FindEvents(new EventQuery()).Count(static recorded => CallingProcess.Operations.Contains(recorded.EventName)));
    }

    internal static KmsEngine Open(string folder) => new(
        new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = folder }), static () => new Pkcs11HsmProvider());

    private static string CreateStore(string folder)
    {
        using KmsEngine engine = Open(folder);
        engine.HsmClusters.InitializeToken(SoftHsm.Library, "many-processes", "so-12345"u8, Encoding.UTF8.GetBytes(Password));
        HsmClusterDescription cluster = engine.HsmClusters.Register(SoftHsm.Library, ["many-processes"]);
        string id = engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "many-processes",
            CloudHsmClusterId = cluster.ClusterId,
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            KeyStorePassword = Password,
        }).CustomKeyStoreId;
        engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        using IStateReader reader = engine.Store.OpenReader();
        Assert.Equal(ConnectionStateType.CONNECTED, reader.FindCustomKeyStore("us-east-1", id)!.ConnectionState);
        return id;
    }
}
