using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace KmsTools.Http;

/// <summary>The series of one instrument: one for each combination of the values of its tags.</summary>
internal sealed class MetricFamily
{
    private readonly ConcurrentDictionary<(string?, string?, string?, string?, string?), MetricSeries> _series = new();
    private readonly string _help;
    private readonly bool _isHistogram;
    private readonly bool _isCounter;
    private readonly bool _isObserved;
    private readonly double[] _bounds;

    /// <summary>The family of an instrument.</summary>
    public MetricFamily(Instrument instrument)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        _isHistogram = kind == typeof(Histogram<>);
        _isCounter = kind == typeof(Counter<>);
        _isObserved = instrument.IsObservable;
        _bounds = [.. (instrument as Instrument<double>)?.Advice?.HistogramBucketBoundaries ?? [], double.PositiveInfinity];
        _help = instrument.Description ?? "";
        Name = instrument.Name.Replace('.', '_') + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" }
            + (_isCounter ? "_total" : "");
    }

    /// <summary>The name in Prometheus: with the unit, and with total for a counter.</summary>
    public string Name { get; }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        (string?, string?, string?, string?, string?) key =
            (Value(tags, 0), Value(tags, 1), Value(tags, 2), Value(tags, 3), Value(tags, 4));
        if (!_series.TryGetValue(key, out MetricSeries? series))
        {
            series = _series.GetOrAdd(key, new MetricSeries(Labels(tags), _isHistogram ? _bounds.Length : 0));
        }

        if (_isHistogram)
        {
            int bucket = Array.BinarySearch(_bounds, value);
            series.Count(bucket < 0 ? ~bucket : bucket, value);
        }
        else if (_isCounter)
        {
            series.Add(value);
        }
        else
        {
            series.Set(value);
        }
    }

    /// <summary>Forgets what was observed: what is not observed again has ended.</summary>
    public void ForgetObserved()
    {
        if (_isObserved)
        {
            _series.Clear();
        }
    }

    /// <summary>Writes all series.</summary>
    public void Write(StringBuilder text)
    {
        string type = _isHistogram ? "histogram" : _isCounter ? "counter" : "gauge";
        text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {_help}\n# TYPE {Name} {type}\n");
        foreach (MetricSeries series in _series.Values.OrderBy(static series => series.Labels, StringComparer.Ordinal))
        {
            if (_isHistogram)
            {
                series.WriteBuckets(text, Name, _bounds);
            }
            else
            {
                series.WriteValue(text, Name);
            }
        }
    }

    private static string? Value(ReadOnlySpan<KeyValuePair<string, object?>> tags, int index) =>
        index < tags.Length ? tags[index].Value as string : null;

    // A tag without a value is a label that is not there.
    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder labels = new();
        foreach ((string name, object? value) in tags)
        {
            if (value is string text)
            {
                string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                    .Replace("\n", "\\n", StringComparison.Ordinal);
                labels.Append(labels.Length == 0 ? "" : ",").Append(name.Replace('.', '_')).Append("=\"").Append(escaped).Append('"');
            }
        }

        return labels.ToString();
    }
}
