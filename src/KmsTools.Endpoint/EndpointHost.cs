using System.Net;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KmsTools.Endpoint;

/// <summary>The HTTP server, from its start to its graceful shutdown.</summary>
internal static class EndpointHost
{
    // A management call blocks its thread until it is synced, a call to an HSM until it returns; the pool would add threads only one by
    // one.
    private const int MinThreads = 64;

    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(30);

    /// <summary>Serves until the process is told to stop, and lets calls in progress finish.</summary>
    /// <param name="engine">The store to serve.</param>
    /// <param name="address">The address to listen on; port 0 selects a free one.</param>
    /// <param name="certificate">The HTTPS certificate; null serves HTTP.</param>
    /// <param name="cors">The origins whose pages may call it from a browser; null allows none.</param>
    /// <param name="untilInputEnds">Whether the end of standard input stops it too.</param>
    public static async Task RunAsync(
        KmsEngine engine, IPEndPoint address, ServerCertificate? certificate, CorsPolicy? cors, bool untilInputEnds)
    {
        WebApplication application = Build(engine, address, certificate, cors);
        await using (application.ConfigureAwait(false))
        {
            // A closed terminal must not leave a temporary store behind.
            using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                application.Lifetime.StopApplication();
            });
            await application.StartAsync().ConfigureAwait(false);
            await Console.Out.WriteLineAsync(ReadyLine(application, engine)).ConfigureAwait(false);
            if (untilInputEnds)
            {
                _ = StopWhenInputEndsAsync(application.Lifetime);
            }

            await application.WaitForShutdownAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Creates the server without starting it.</summary>
    public static WebApplication Build(KmsEngine engine, IPEndPoint address, ServerCertificate? certificate = null, CorsPolicy? cors = null)
    {
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, MinThreads), completions);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, address, certificate));
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownLimit);
        builder.Services.AddSingleton<IHostedService>(new DueTimer(engine));
        WebApplication application = builder.Build();
        ((IApplicationBuilder)application).Run(new RequestRouter(engine, cors).HandleAsync);
        return application;
    }

    /// <summary>The address that a started server listens on.</summary>
    public static string Url(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static string ReadyLine(WebApplication application, KmsEngine engine) => $"Ready: {Url(application)} serves {engine.Folder}";

    private static void Configure(KestrelServerOptions kestrel, IPEndPoint address, ServerCertificate? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = RequestBody.MaxSize;
        kestrel.Limits.MaxRequestBufferSize = RequestBody.MaxSize;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Listen(address, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.AnswerHalfClosed();
            if (certificate is not null)
            {
                listener.UseHttps(https =>
                {
                    https.ServerCertificate = certificate.Leaf;
                    https.ServerCertificateChain = certificate.Chain;
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                });
            }
        });
    }

    private static async Task StopWhenInputEndsAsync(IHostApplicationLifetime lifetime)
    {
        using Stream input = Console.OpenStandardInput();
        byte[] buffer = new byte[256];
        while (await input.ReadAsync(buffer).ConfigureAwait(false) > 0)
        {
            // The input itself has no meaning; only its end does.
        }

        lifetime.StopApplication();
    }
}
