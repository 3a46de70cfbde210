using System.Net;
using System.Text;
using KmsTools.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KmsTools.Programs;

/// <summary>Serves the metrics of a program at a separate address: GET /metrics, in the text of Prometheus.</summary>
internal sealed class MetricsHost : IAsyncDisposable
{
    private const string Path = "/metrics";
    private const int MaxConnections = 20;

    private readonly MetricsReader _reader;
    private readonly WebApplication _application;

    private MetricsHost(IPEndPoint address, string meterName)
    {
        _reader = new MetricsReader(meterName);
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
    public string Url => Listening.Url(_application) + Path;

    /// <summary>Begins to collect and to serve.</summary>
    /// <param name="address">The address; port 0 selects a free one.</param>
    /// <param name="meterName">The name of the meter, whose instruments may be made before or after.</param>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<MetricsHost> StartAsync(IPEndPoint address, string meterName)
    {
        MetricsHost host = new(address, meterName);
        try
        {
            await host._application.StartAsync().ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
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
