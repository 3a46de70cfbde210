using System.Net.Sockets;
using System.Runtime.InteropServices;
using KmsTools.Endpoint.Metrics;
using KmsTools.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KmsTools.Endpoint;

/// <summary>The HTTP server, from its start to its graceful shutdown.</summary>
internal static class EndpointHost
{
    // What a connection may have received before its request is read: a stranger fills no more.
    private const int MaxBuffer = 64 * 1024;

    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(30);

    // Connections are limited, so unused ones must end.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(60);

    /// <summary>Serves until the process is told to stop, and lets calls in progress finish.</summary>
    public static async Task RunAsync(KmsEngine engine, EndpointOptions options)
    {
        if (options is { Metrics: null, Collector: null })
        {
            await ServeAsync(engine, options, null).ConfigureAwait(false);
            return;
        }

        Metering metering = await Metering.StartAsync(engine, options).ConfigureAwait(false);
        await using (metering.ConfigureAwait(false))
        {
            await ServeAsync(engine, options, metering).ConfigureAwait(false);
        }
    }

    private static async Task ServeAsync(KmsEngine engine, EndpointOptions options, Metering? metering)
    {
        WebApplication application = Build(engine, options, metering?.Calls);
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
            if (options.Console)
            {
                await Console.Out.WriteLineAsync($"Console: {Url(application)}/console").ConfigureAwait(false);
            }

            if (metering?.Url is { } metrics)
            {
                await Console.Out.WriteLineAsync($"Metrics: {metrics}").ConfigureAwait(false);
            }

            if (options.UntilInputEnds)
            {
                _ = StopWhenInputEndsAsync(application.Lifetime);
            }

            await application.WaitForShutdownAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Creates the server without starting it.</summary>
    public static WebApplication Build(KmsEngine engine, EndpointOptions options, CallMetrics? metrics = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new ZeroingMemoryPool.Factory());
        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            // The limit of Kestrel is only for what comes out of TLS.
            sockets.MaxReadBufferSize = MaxBuffer;
            if (options.Address is UnixDomainSocketEndPoint)
            {
                sockets.CreateBoundListenSocket = UnixSocket.Bind;
            }
        });
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownLimit);
        builder.Services.AddSingleton<IHostedService>(new DueTimer(engine, options.RefusalPeriod));
        builder.Services.AddSingleton<IHostedService>(new ProxyHealthTimer(engine));
        if (options.Console)
        {
            ConsoleMount.AddServices(builder.Services, engine, options);
        }

        WebApplication application = builder.Build();
        if (options.Console)
        {
            ConsoleMount.Map(application);
        }

        ((IApplicationBuilder)application).Run(new RequestRouter(engine, options, metrics).HandleAsync);
        return application;
    }

    /// <summary>The address that a started server listens on; that of a Unix socket begins with http://unix:.</summary>
    public static string Url(WebApplication application) => Listening.Url(application);

    private static string ReadyLine(WebApplication application, KmsEngine engine) => $"Ready: {Url(application)} serves {engine.Location}";

    private static void Configure(KestrelServerOptions kestrel, EndpointOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        kestrel.Limits.MaxRequestBodySize = RequestBody.MaxSize;
        kestrel.Limits.MaxRequestBufferSize = MaxBuffer;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.RequestHeadersTimeout = options.HeadLimit;
        kestrel.Listen(options.Address, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            listener.AnswerHalfClosed();
            if (options.Certificate is { } certificate)
            {
                listener.UseHttps(new TlsHandshakeCallbackOptions
                {
                    OnConnection = _ => ValueTask.FromResult(ServerHandshake.Of(certificate, options.Clients)),
                });
            }
        });
    }

    private static async Task StopWhenInputEndsAsync(IHostApplicationLifetime lifetime)
    {
        await StandardInput.WaitForEndAsync().ConfigureAwait(false);
        lifetime.StopApplication();
    }
}
