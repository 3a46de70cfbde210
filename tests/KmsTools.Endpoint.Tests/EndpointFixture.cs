using Amazon.KeyManagementService;
using Amazon.Runtime;
using KmsTools.BouncyCastle;
using KmsTools.Persistence;
using KmsTools.Storage;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.Endpoint;

/// <summary>An endpoint over a store of its own, in this process.</summary>
public sealed class EndpointFixture : IAsyncLifetime
{
    public const string Region = "us-east-1";
    public const string Account = "111122223333";

    /// <summary>So long that no test takes it: its refused signatures are recorded when it says so.</summary>
    public static readonly TimeSpan RefusalPeriod = TimeSpan.FromHours(1);

    private readonly LazyHsmProvider _hsms = new();
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"kmstools-endpoint-test-{Guid.NewGuid():N}");
    private WebApplication? _application;

    public KmsEngine Engine { get; private set; } = null!;

    public string Url { get; private set; } = "";

    public int Port => new Uri(Url).Port;

    public NewAccessKey Alice { get; private set; } = null!;

    /// <summary>A client of the AWS SDK that does not try again.</summary>
    public AmazonKeyManagementServiceClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // Tests of other classes block threads of the same pool.
        PoolThreads.KeepMany();
        Engine = new KmsEngine(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = _folder, Temporary = true })),
            _hsms.Get,
            static () => new BouncyCastleSignatures());
        Alice = Engine.AccessKeys.Create($"arn:aws:iam::{Account}:user/alice");

        // Hundreds of refusals would be answered slowly here; what is about that has an endpoint of its own.
        _application = EndpointHost.Build(Engine, new EndpointOptions { RefusalPeriod = RefusalPeriod, RefusalDelay = TimeSpan.Zero });
        await _application.StartAsync();
        Url = EndpointHost.Url(_application);
        Client = NewClient(Alice.AccessKeyId, Alice.SecretAccessKey);
    }

    public AmazonKeyManagementServiceClient NewClient(string accessKeyId, string secret, string region = Region) => new(
        new BasicAWSCredentials(accessKeyId, secret),
        new AmazonKeyManagementServiceConfig { ServiceURL = Url, AuthenticationRegion = region, MaxErrorRetry = 0 });

    /// <summary>A role, app, that alice may assume who names the external ID.</summary>
    public void CreateRole()
    {
        if (Engine.Principals.Find(PrincipalType.Role, "app") is null)
        {
            Engine.Principals.Create(PrincipalType.Role, "app", new PrincipalSettings
            {
                TrustPolicy = """
                    {"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},
                    "Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEquals":{"sts:ExternalId":"partner-1"}}}}
                    """,
                Policies = new Dictionary<string, string>
                {
                    ["keys"] = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}""",
                },
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }

        Engine.Dispose();
        _hsms.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
