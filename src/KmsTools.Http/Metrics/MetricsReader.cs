using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace KmsTools.Http;

/// <summary>
/// Collects what one meter measures from its creation on, and writes it in the text format of Prometheus ("Exposition formats", version
/// 0.0.4). Counters and histograms of numbers, and gauges that are observed when they are written. The buckets of a histogram are those of
/// its advice. The tags of an instrument are the same ones at each measurement, five at most.
/// </summary>
public sealed class MetricsReader : IDisposable
{
    /// <summary>The type of the content.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();

    /// <summary>Begins to collect.</summary>
    /// <param name="meterName">The name of the meter.</param>
    public MetricsReader(string meterName)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meterName)
            {
                MetricFamily family = new(instrument);
                _families[instrument] = family;
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Everything that was measured so far, and all gauges as they are now.</summary>
    public string Write()
    {
        foreach (MetricFamily family in _families.Values)
        {
            family.ForgetObserved();
        }

        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        foreach (MetricFamily family in _families.Values.OrderBy(static family => family.Name, StringComparer.Ordinal))
        {
            family.Write(text);
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>A number as Prometheus reads it.</summary>
    internal static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString(CultureInfo.InvariantCulture);
}
