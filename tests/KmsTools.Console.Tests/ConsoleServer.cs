using System.Net;
using KmsTools.BouncyCastle;
using KmsTools.Endpoint;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;
using KmsTools.Xks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;

namespace KmsTools.WebConsole;

/// <summary>A console on a store of its own, in this process, with a clock of sessions that tests move.</summary>
public sealed class ConsoleServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private ConsoleServer(WebApplication application, KmsEngine engine, string folder, MovedClock clock)
    {
        _application = application;
        Folder = folder;
        Engine = engine;
        Clock = clock;
        Url = new Uri(EndpointHost.Url(application));
    }

    public KmsEngine Engine { get; }

    /// <summary>The clock of sessions and links.</summary>
    public MovedClock Clock { get; }

    public Uri Url { get; }

    /// <summary>The browsers that visit it.</summary>
    public List<IBrowserContext> Visitors { get; } = [];

    /// <summary>The folder of the store.</summary>
    public string Folder { get; }

    /// <summary>The account of the store.</summary>
    public string Account => Engine.Properties.AccountId;

    /// <summary>Starts one; its store has a simulated clock, or the real one that is given.</summary>
    internal static async Task<ConsoleServer> StartAsync(Func<EndpointOptions, EndpointOptions>? with = null, TimeProvider? storeClock = null)
    {
        // Tests of other classes block threads of the same pool.
        PoolThreads.KeepMany();
        string folder = TemporaryStoreFolder.New();
        KmsEngine engine = new(
            new StoreFactory().Open(new StateStoreOptions { Folder = folder, Temporary = true, SimulatedClock = storeClock is null }),
            static () => new Pkcs11HsmProvider(),
            static () => new BouncyCastleSignatures(),
            storeClock,
            static () => new XksClient());
        MovedClock clock = new();
        EndpointOptions options = new() { Address = new IPEndPoint(IPAddress.Loopback, 0), Console = true, ConsoleClock = clock };
        WebApplication application = EndpointHost.Build(engine, with is null ? options : with(options));
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new ConsoleServer(application, engine, folder, clock);
    }

    /// <summary>A link that signs in once, as Show-KmsConsole makes it.</summary>
    public string NewLink(string? principalArn = null)
    {
        ConsoleTicket ticket = new(principalArn ?? Caller.LocalUser(Engine.Properties.AccountId).PrincipalArn, null, null);
        return new Uri(Url, $"/console/sign-in?link={ticket.Leave(Folder, Clock.GetUtcNow())}").ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IBrowserContext visitor in Visitors)
        {
            await visitor.CloseAsync();
        }

        await _application.StopAsync();
        await _application.DisposeAsync();
        Engine.Dispose();
    }
}
