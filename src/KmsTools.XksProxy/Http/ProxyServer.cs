using System.Net;
using System.Net.Sockets;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace KmsTools.XksProxy;

/// <summary>The HTTP server of a proxy.</summary>
internal static class ProxyServer
{
    /// <summary>The path by which balancers ask whether to send requests.</summary>
    public const string PingPath = "/ping";

    // What a connection may have received before its request is read.
    private const int MaxBuffer = 64 * 1024;

    // The longest body under any settings is 256 KiB.
    private const int MaxBody = 512 * 1024;

    // Handshakes take of the time that AWS KMS waits for an answer, so that connections are kept.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(30);

    /// <summary>Creates the server without starting it.</summary>
    /// <param name="settings">Where it listens.</param>
    /// <param name="tls">Its TLS; not used without TLS in the settings.</param>
    /// <param name="handler">Handles requests.</param>
    /// <param name="isStopping">Whether balancers are to send no more.</param>
    public static WebApplication Build(XksProxySettings settings, ITlsSource? tls, RequestHandler handler, Func<bool> isStopping)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, settings, settings.Tls is null ? null : tls));
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new ZeroingMemoryPool.Factory());
        builder.Services.Configure<SocketTransportOptions>(static sockets =>
        {
            sockets.MaxReadBufferSize = MaxBuffer;
            sockets.CreateBoundListenSocket = Bind;
        });
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownLimit);
        WebApplication application = builder.Build();
        ((IApplicationBuilder)application).Run(http => IsPing(http) ? PingAsync(http, isStopping()) : handler.HandleAsync(http));
        return application;
    }

    /// <summary>The address that a started server listens on.</summary>
    public static string Url(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static void Configure(KestrelServerOptions kestrel, XksProxySettings settings, ITlsSource? tls)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = settings.Limits.MaxConnections;
        kestrel.Limits.KeepAliveTimeout = KeepAlive;
        kestrel.Limits.MaxRequestBodySize = MaxBody;
        kestrel.Limits.MaxRequestBufferSize = MaxBuffer;
        kestrel.Limits.MaxRequestLineSize = 4096;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(4096, TimeSpan.FromSeconds(2));
        kestrel.Listen(IPAddress.Parse(settings.Address), settings.Port, listener =>
        {
            listener.Protocols = tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (tls is not null)
            {
                listener.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.CreateOptions()) });
            }
        });
    }

    // Connections take over what is set here. A client that vanished without a word is noticed after a minute.
    private static Socket Bind(EndPoint address)
    {
        Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 1);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        return socket;
    }

    private static bool IsPing(HttpContext http) =>
        http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget == PingPath
            && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method));

    private static Task PingAsync(HttpContext http, bool isStopping)
    {
        http.Response.StatusCode = isStopping ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.ContentType = "text/plain";
        string text = isStopping ? "stopping\n" : "pong\n";
        http.Response.ContentLength = text.Length;
        return http.Response.WriteAsync(text);
    }
}
