using System.Net;
using KmsTools.BouncyCastle;
using KmsTools.Endpoint;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;
using Microsoft.AspNetCore.Builder;

namespace KmsTools.WebConsole;

/// <summary>A console on a store of its own, in this process, with a clock of sessions that tests move.</summary>
public sealed class ConsoleServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly string _folder;

    private ConsoleServer(WebApplication application, KmsEngine engine, string folder, MovedClock clock)
    {
        _application = application;
        _folder = folder;
        Engine = engine;
        Clock = clock;
        Url = new Uri(EndpointHost.Url(application));
    }

    public KmsEngine Engine { get; }

    /// <summary>The clock of sessions and links.</summary>
    public MovedClock Clock { get; }

    public Uri Url { get; }

    /// <summary>The account of the store.</summary>
    public string Account => Engine.Properties.AccountId;

    /// <summary>Starts one; its store has a simulated clock.</summary>
    internal static async Task<ConsoleServer> StartAsync(Func<EndpointOptions, EndpointOptions>? with = null)
    {
        string folder = TemporaryStoreFolder.New();
        KmsEngine engine = new(
            new StoreFactory().Open(new StateStoreOptions { Folder = folder, Temporary = true, SimulatedClock = true }),
            static () => new Pkcs11HsmProvider(),
            static () => new BouncyCastleSignatures());
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
        return new Uri(Url, $"/console/sign-in?link={ticket.Leave(_folder, Clock.GetUtcNow())}").ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        Engine.Dispose();
    }
}
