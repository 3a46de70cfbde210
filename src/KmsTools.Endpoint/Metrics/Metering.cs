namespace KmsTools.Endpoint.Metrics;

/// <summary>Measures an endpoint, and serves or sends what it measures.</summary>
internal sealed class Metering : IAsyncDisposable
{
    private readonly StoreMetrics _store;
    private OtlpExport? _export;
    private MetricsHost? _host;

    private Metering(KmsEngine engine, EndpointOptions options)
    {
        Calls = new CallMetrics(options.Bodies);
        _store = new StoreMetrics(engine, Calls.Meter);
    }

    /// <summary>Measures the calls of the endpoint.</summary>
    public CallMetrics Calls { get; }

    /// <summary>The URL of the metrics; null where they are not served.</summary>
    public string? Url => _host?.Url;

    /// <summary>Begins to measure.</summary>
    /// <exception cref="IOException">The address for metrics is taken.</exception>
    public static async Task<Metering> StartAsync(KmsEngine engine, EndpointOptions options)
    {
        Metering metering = new(engine, options);
        try
        {
            metering._host = options.Metrics is { } address
                ? await MetricsHost.StartAsync(address, CallMetrics.MeterName).ConfigureAwait(false)
                : null;
            metering._export = options.Collector is { } collector ? Export(collector) : null;
            await metering._store.StartAsync(CancellationToken.None).ConfigureAwait(false);
            return metering;
        }
        catch
        {
            await metering.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _store.StopAsync(CancellationToken.None).ConfigureAwait(false);
        _store.Dispose();
        _export?.Dispose();
        if (_host is not null)
        {
            await _host.DisposeAsync().ConfigureAwait(false);
        }

        Calls.Dispose();
    }

    // A separate method: a process that does not call it loads nothing of OpenTelemetry.
    private static OtlpExport Export(Uri collector) => new(collector, Console.Error.WriteLine);
}
