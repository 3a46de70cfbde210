using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace KmsTools.Endpoint;

/// <summary>Takes the place of a collector of OpenTelemetry: keeps what is sent to it, and answers that it was taken.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Channel<ProtobufMessage> _sent = Channel.CreateUnbounded<ProtobufMessage>();

    private Collector(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        _application = builder.Build();
        ((IApplicationBuilder)_application).Run(TakeAsync);
    }

    public string Url => _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Method, path, content type and tenant of the last request.</summary>
    public string LastRequest { get; private set; } = "";

    public static async Task<Collector> StartAsync(int port = 0)
    {
        Collector collector = new(port);
        await collector._application.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    /// <summary>The next export of which something is true.</summary>
    public async Task<ProtobufMessage> WaitForAsync(Predicate<ProtobufMessage> condition)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            ProtobufMessage sent = await _sent.Reader.ReadAsync(limit.Token);
            if (condition(sent))
            {
                return sent;
            }
        }
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        using MemoryStream body = new();
        await request.Body.CopyToAsync(body, http.RequestAborted);
        LastRequest = $"{request.Method} {request.Path} {request.ContentType} {request.Headers["x-tenant"]}";
        _sent.Writer.TryWrite(new ProtobufMessage(ByteString.CopyFrom(body.ToArray())));

        // An empty ExportMetricsServiceResponse.
        http.Response.ContentType = "application/x-protobuf";
    }
}
