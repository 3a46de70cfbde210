using System.Text;
using Amazon.KeyManagementService;
using Amazon.Runtime;
using KmsTools.BouncyCastle;
using KmsTools.Endpoint;
using KmsTools.KeyStores;
using KmsTools.Sqlite;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Demo;

/// <summary>A temporary store with a simulated clock, an endpoint that serves it, and a client of the AWS SDK.</summary>
internal sealed class Lab : IAsyncDisposable
{
    public const string Password = "kmsPswd1";

    private readonly LazyHsmProvider _hsms;
    private readonly string _library;
    private readonly WebApplication _application;

    private Lab(LazyHsmProvider hsms, KmsEngine engine, string library, WebApplication application, AmazonKeyManagementServiceClient kms)
    {
        _hsms = hsms;
        Engine = engine;
        _library = library;
        _application = application;
        Kms = kms;
    }

    public KmsEngine Engine { get; }

    public AmazonKeyManagementServiceClient Kms { get; }

    public static async Task<Lab> StartAsync(string library)
    {
        var hsms = new LazyHsmProvider();
        var options = EndpointOptions.Parse(["--temporary", "--simulated-clock"]);
        var engine = new KmsEngine(new SqliteStateStoreFactory().Open(options.Store), hsms.Get, static () => new BouncyCastleSignatures());
        NewAccessKey key = engine.AccessKeys.Create();
        WebApplication application = EndpointHost.Build(engine, options);
        await application.StartAsync().ConfigureAwait(false);
        string url = EndpointHost.Url(application);
        Console.WriteLine($"Endpoint: {url}  Client: AWSSDK.KeyManagementService, with nothing but this URL and an access key");
        return new Lab(hsms, engine, library, application, new AmazonKeyManagementServiceClient(
            new BasicAWSCredentials(key.AccessKeyId, key.SecretAccessKey),
            new AmazonKeyManagementServiceConfig { ServiceURL = url, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 }));
    }

    /// <summary>A token of its own in SoftHSM, registered as a cluster.</summary>
    public HsmClusterDescription NewCluster(string label)
    {
        Engine.HsmClusters.InitializeToken(_library, label, Encoding.UTF8.GetBytes("officer1"), Encoding.UTF8.GetBytes(Password));
        return Engine.HsmClusters.Register(_library, [label]);
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
        Engine.Dispose();
        _hsms.Dispose();
    }
}
