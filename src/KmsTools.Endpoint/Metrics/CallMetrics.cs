using System.Diagnostics;
using System.Diagnostics.Metrics;
using KmsTools.Http;

namespace KmsTools.Endpoint.Metrics;

/// <summary>Measures calls. Names and tags follow the conventions of OpenTelemetry.</summary>
internal sealed class CallMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "KmsTools";

    // From half a millisecond, about what a call takes, to what clients wait for at most.
    private static readonly double[] s_bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Histogram<double> _duration;

    public CallMetrics(MemoryBudget bodies)
    {
        _duration = Meter.CreateHistogram(
            "kms.call.duration",
            "s",
            "Duration of calls, by operation and error.",
            tags: null,
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_bounds });
        Meter.CreateObservableGauge<long>("kms.body.memory", () => bodies.Taken, "By", "Memory of the bodies of calls in progress.");
        Meter.CreateObservableGauge<long>("kms.body.memory.limit", () => bodies.Max, "By", "Memory that the bodies of calls may take.");
    }

    /// <summary>The meter, for further instruments.</summary>
    public Meter Meter { get; } = new(MeterName);

    /// <summary>Notes a call that has ended.</summary>
    /// <param name="operation">Its operation.</param>
    /// <param name="error">Its error code; null when it was answered.</param>
    /// <param name="began">When it began, as a timestamp.</param>
    public void Record(string operation, string? error, long began)
    {
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        KeyValuePair<string, object?> tag = new("operation", operation);
        if (error is null)
        {
            _duration.Record(seconds, tag);
        }
        else
        {
            _duration.Record(seconds, tag, new KeyValuePair<string, object?>("error.type", error));
        }
    }

    public void Dispose() => Meter.Dispose();
}
