using System.Diagnostics;
using System.Diagnostics.Metrics;
using KmsTools.Http;

namespace KmsTools.Endpoint.Metrics;

/// <summary>Measures calls. Names and tags follow the conventions of OpenTelemetry.</summary>
internal sealed class CallMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "KmsTools";

    private readonly Histogram<double> _duration;

    public CallMetrics(MemoryBudget bodies)
    {
        _duration = Meter.CreateHistogram<double>("kms.call.duration", "s", "Duration of calls, by operation and error.");
        Meter.CreateObservableGauge<long>("kms.body.memory", () => bodies.Taken, "By", "Memory of the bodies of calls in progress.");
        Meter.CreateObservableGauge<long>("kms.body.memory.limit", () => bodies.Max, "By", "Memory that the bodies of calls may take.");
    }

    /// <summary>The meter, for further instruments.</summary>
    public Meter Meter { get; } = new(MeterName);

    /// <summary>Notes a call that has ended.</summary>
    /// <param name="operation">Its operation.</param>
    /// <param name="error">Its error code; null when it was answered.</param>
    /// <param name="began">When it began, as a timestamp.</param>
    public void Record(string operation, string? error, long began) => _duration.Record(
        Stopwatch.GetElapsedTime(began).TotalSeconds,
        new KeyValuePair<string, object?>("operation", operation),
        new KeyValuePair<string, object?>("error.type", error));

    public void Dispose() => Meter.Dispose();
}
