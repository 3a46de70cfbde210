using System.Net;
using System.Text;
using KmsTools.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KmsTools.Endpoint.Metrics;

/// <summary>Serves the metrics of an endpoint at a separate address: GET /metrics, in the text of Prometheus.</summary>
internal sealed class MetricsHost : IAsyncDisposable
{
    private const string Path = "/metrics";
    private const int MaxConnections = 20;

    private readonly MetricsReader _reader = new(CallMetrics.MeterName);
    private readonly WebApplication _application;

    private MetricsHost(IPEndPoint address)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(address, static listener => listener.Protocols = HttpProtocols.Http1);
        });
        _application = builder.Build();
        ((IApplicationBuilder)_application).Run(AnswerAsync);
    }

    /// <summary>The URL of the metrics.</summary>
    public string Url => EndpointHost.Url(_application) + Path;

    /// <summary>Begins to collect and to serve.</summary>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<MetricsHost> StartAsync(IPEndPoint address)
    {
        MetricsHost host = new(address);
        await host._application.StartAsync().ConfigureAwait(false);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        _reader.Dispose();
    }

    private Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path != Path || !HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        http.Response.ContentType = MetricsReader.ContentType;
        return http.Response.WriteAsync(_reader.Write(), Encoding.UTF8);
    }
}
