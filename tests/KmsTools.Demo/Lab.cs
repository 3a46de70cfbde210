using System.Text;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using KmsTools.Endpoint;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Demo;

/// <summary>A temporary store with a simulated clock, an endpoint that serves it, and a client of the AWS SDK.</summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string Password = "kmsPswd1";

    private readonly OpenedStore _store;
    private readonly string _library;
    private readonly WebApplication _application;

    private Lab(OpenedStore store, string library, WebApplication application, AmazonKeyManagementServiceClient kms)
    {
        _store = store;
        _library = library;
        _application = application;
        Kms = kms;
    }

    public KmsEngine Engine => _store.Engine;

    public AmazonKeyManagementServiceClient Kms { get; }

    public static async Task<Lab> StartAsync(string library)
    {
        OpenedStore store = OpenedStore.Open(new StateStoreOptions
        {
            Folder = Path.Combine(Path.GetTempPath(), $"kmstools-{Guid.NewGuid():N}"),
            Temporary = true,
            SimulatedClock = true,
        }, new SealCredentials());
        NewAccessKey key = store.Engine.AccessKeys.Create();
        WebApplication application = EndpointHost.Build(store.Engine, new EndpointOptions());
        await application.StartAsync().ConfigureAwait(false);
        string url = EndpointHost.Url(application);
        Console.WriteLine($"Endpoint: {url}  Client: AWSSDK.KeyManagementService, with nothing but this URL and an access key");
        return new Lab(store, library, application, new AmazonKeyManagementServiceClient(
            new BasicAWSCredentials(key.AccessKeyId, key.SecretAccessKey),
            new AmazonKeyManagementServiceConfig { ServiceURL = url, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 }));
    }

    /// <summary>A token of its own in SoftHSM, registered as a cluster.</summary>
    public HsmClusterDescription NewCluster(string label)
    {
        Engine.HsmTokens.Initialize(_library, label, Encoding.UTF8.GetBytes("officer1"), Encoding.UTF8.GetBytes(Password));
        return Engine.HsmClusters.Register(_library, [label]);
    }

    /// <summary>An XKS proxy on a token of its own in SoftHSM, not started yet.</summary>
    public Proxy NewProxy(string label)
    {
        Engine.HsmTokens.Initialize(_library, label, Encoding.UTF8.GetBytes("officer1"), Encoding.UTF8.GetBytes(Password));
        return new Proxy(_library, label, Password);
    }

    /// <summary>Moves the clock, which stands for waiting.</summary>
    public void Wait(int days)
    {
        Engine.StepClock(Engine.UtcNow.AddDays(days));
        Console.WriteLine($"   ... {days} days later ...");
    }

    public async ValueTask DisposeAsync()
    {
        Kms.Dispose();
        await _application.DisposeAsync().ConfigureAwait(false);
        _store.Dispose();
    }
}
