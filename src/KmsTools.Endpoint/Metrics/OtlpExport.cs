using System.Globalization;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace KmsTools.Endpoint.Metrics;

/// <summary>
/// Sends metrics to a collector by OTLP. What the variables of OpenTelemetry say applies, except where the collector is. Source: the
/// OpenTelemetry specification, "OpenTelemetry Protocol Exporter" and "Environment Variable Specification".
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private const string Service = "kmstools";
    private const string MetricsPath = "/v1/metrics";
    private const string ExporterVariables = "OTEL_EXPORTER_OTLP_";
    private const int DefaultInterval = 60_000;
    private const int DefaultLimit = 30_000;

    private readonly MeterProvider _provider;

    /// <summary>Begins to send what the endpoint measures, every minute unless the environment says otherwise.</summary>
    /// <param name="collector">The collector; for HTTP, with or without the path of metrics.</param>
    /// <param name="warn">Is called when it cannot be reached, and when it can again.</param>
    /// <exception cref="ArgumentException">A variable of the environment is not valid.</exception>
    public OtlpExport(Uri collector, Action<string> warn)
    {
        string version = typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(Service, serviceVersion: version.Split('+')[0])
                .AddEnvironmentVariableDetector())
            .AddMeter(CallMetrics.MeterName)
            .AddReader(_ => new PeriodicExportingMetricReader(
                new WatchedExporter(Options(collector), collector, warn),
                Milliseconds("OTEL_METRIC_EXPORT_INTERVAL") ?? DefaultInterval,
                Milliseconds("OTEL_METRIC_EXPORT_TIMEOUT") ?? DefaultLimit)
            {
                TemporalityPreference = Temporality(),
            })
            .Build();
    }

    /// <summary>Sends the last measurements, for five seconds at most.</summary>
    public void Dispose() => _provider.Dispose();

    // The exporter reads the variables for all signals; those for metrics go before them.
    private static OtlpExporterOptions Options(Uri collector)
    {
        (string name, string? protocol) = Variable("PROTOCOL");
        OtlpExporterOptions options = new()
        {
            Protocol = protocol switch
            {
                null or "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
                "grpc" => OtlpExportProtocol.Grpc,
                _ => throw new ArgumentException($"{name} is '{protocol}'. This program sends by http/protobuf and grpc."),
            },
        };
        options.Endpoint = options.Protocol == OtlpExportProtocol.Grpc
            || collector.AbsolutePath.EndsWith(MetricsPath, StringComparison.Ordinal)
            ? collector : new Uri(collector.AbsoluteUri.TrimEnd('/') + MetricsPath);
        if (Variable("HEADERS").Value is { } headers)
        {
            options.Headers = headers;
        }

        if (Milliseconds(Variable("TIMEOUT").Name) is int timeout)
        {
            options.TimeoutMilliseconds = timeout;
        }

        return options;
    }

    private static MetricReaderTemporalityPreference Temporality()
    {
        const string name = ExporterVariables + "METRICS_TEMPORALITY_PREFERENCE";
        string? preference = Read(name);
        return preference?.ToUpperInvariant() switch
        {
            null or "CUMULATIVE" => MetricReaderTemporalityPreference.Cumulative,

            // They differ only in counters that are observed, and there are none.
            "DELTA" or "LOWMEMORY" => MetricReaderTemporalityPreference.Delta,
            _ => throw new ArgumentException($"{name} is '{preference}'. Give cumulative, delta or lowmemory."),
        };
    }

    private static (string Name, string? Value) Variable(string name) =>
        Read(ExporterVariables + "METRICS_" + name) is { } own
            ? (ExporterVariables + "METRICS_" + name, own) : (ExporterVariables + name, Read(ExporterVariables + name));

    private static int? Milliseconds(string name) => Read(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
        : throw new ArgumentException($"{name} is '{text}'. Give a number of milliseconds above 0.");

    // An empty variable is one that is not set.
    private static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Says once that the collector cannot be reached, and once that it can again.</summary>
    private sealed class WatchedExporter(OtlpExporterOptions options, Uri collector, Action<string> warn) : OtlpMetricExporter(options)
    {
        private bool _isFailing;

        public override ExportResult Export(in Batch<Metric> metrics)
        {
            ExportResult result = base.Export(metrics);
            if (result == ExportResult.Success && _isFailing)
            {
                warn($"Metrics are sent to {collector} again.");
            }
            else if (result != ExportResult.Success && !_isFailing)
            {
                warn($"Warning: metrics cannot be sent to {collector}: it does not answer, or does not take them.");
            }

            _isFailing = result != ExportResult.Success;
            return result;
        }
    }
}
