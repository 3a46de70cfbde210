using System.Globalization;
using System.Text;

namespace KmsTools.Http;

/// <summary>The measurements of an instrument with the same tags.</summary>
/// <param name="labels">The tags, as they are written between braces.</param>
/// <param name="buckets">The number of buckets of a histogram; otherwise 0.</param>
internal sealed class MetricSeries(string labels, int buckets)
{
    private readonly long[] _counts = new long[buckets];
    private readonly Lock _gate = new();
    private double _value;

    /// <summary>The tags, as they are written between braces.</summary>
    public string Labels => labels;

    /// <summary>Counts a measurement of a histogram.</summary>
    public void Count(int bucket, double value)
    {
        lock (_gate)
        {
            _counts[bucket]++;
            _value += value;
        }
    }

    /// <summary>Adds to a counter.</summary>
    public void Add(double value)
    {
        lock (_gate)
        {
            _value += value;
        }
    }

    /// <summary>Sets a gauge.</summary>
    public void Set(double value)
    {
        lock (_gate)
        {
            _value = value;
        }
    }

    /// <summary>Writes the line of a counter or a gauge.</summary>
    public void WriteValue(StringBuilder text, string name)
    {
        lock (_gate)
        {
            Line(text, name, labels, _value);
        }
    }

    /// <summary>Writes the lines of a histogram, whose buckets contain those below them.</summary>
    public void WriteBuckets(StringBuilder text, string name, double[] bounds)
    {
        lock (_gate)
        {
            long below = 0;
            for (int i = 0; i < bounds.Length; i++)
            {
                below += _counts[i];
                string bound = $"le=\"{MetricsReader.Number(bounds[i])}\"";
                Line(text, name + "_bucket", labels.Length == 0 ? bound : $"{labels},{bound}", below);
            }

            Line(text, name + "_sum", labels, _value);
            Line(text, name + "_count", labels, below);
        }
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        string braces = labels.Length == 0 ? "" : $"{{{labels}}}";
        text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {MetricsReader.Number(value)}\n");
    }
}
