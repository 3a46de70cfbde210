using System.Diagnostics.Metrics;

namespace KmsTools.Http;

public sealed class MetricsReaderTests
{
    [Fact]
    public void Write_AllKinds_AreInTheTextOfPrometheus()
    {
        using Meter meter = new("KmsTools.Test");
        using Meter other = new("KmsTools.Other");
        using MetricsReader reader = new("KmsTools.Test");
        Counter<long> refusals = meter.CreateCounter<long>("kms.refusals", null, "Refused calls.");
        Histogram<double> duration = meter.CreateHistogram<double>("kms.call.duration", "s", "Duration of calls.", advice: new()
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });
        List<Measurement<long>> sizes = [new(7, new KeyValuePair<string, object?>("file", "a\"b\\c\nd")), new(8)];
        meter.CreateObservableGauge<long>("kms.size", () => sizes, "By", "Size of files.");
        other.CreateCounter<long>("kms.other").Add(1);

        refusals.Add(2);
        refusals.Add(3);
        foreach (double seconds in new[] { 0.0005, 0.0006, 0.001, 10, 10.5 })
        {
            duration.Record(seconds, new("operation", "Encrypt"), new("error.type", null));
        }

        duration.Record(0.25, new("operation", "Encrypt"), new("error.type", "NotFoundException"));

        Assert.Equal(
            """
            # HELP kms_call_duration_seconds Duration of calls.
            # TYPE kms_call_duration_seconds histogram
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.0005"} 1
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.001"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.0025"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.005"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.01"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.025"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.05"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.1"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.25"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="0.5"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="1"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="2.5"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="5"} 3
            kms_call_duration_seconds_bucket{operation="Encrypt",le="10"} 4
            kms_call_duration_seconds_bucket{operation="Encrypt",le="+Inf"} 5
            kms_call_duration_seconds_sum{operation="Encrypt"} 20.5021
            kms_call_duration_seconds_count{operation="Encrypt"} 5
            kms_call_duration_seconds_bucket{operation="Encrypt",error_type="NotFoundException",le="0.0005"} 0
            """,
            string.Join('\n', reader.Write().Split('\n').Take(20)));
        Assert.EndsWith(
            """
            kms_call_duration_seconds_sum{operation="Encrypt",error_type="NotFoundException"} 0.25
            kms_call_duration_seconds_count{operation="Encrypt",error_type="NotFoundException"} 1
            # HELP kms_refusals_total Refused calls.
            # TYPE kms_refusals_total counter
            kms_refusals_total 5
            # HELP kms_size_bytes Size of files.
            # TYPE kms_size_bytes gauge
            kms_size_bytes 8
            kms_size_bytes{file="a\"b\\c\nd"} 7

            """,
            reader.Write(),
            StringComparison.Ordinal);

        // What is not observed any more is not written any more.
        sizes.Clear();
        Assert.EndsWith("# TYPE kms_size_bytes gauge\n", reader.Write(), StringComparison.Ordinal);
    }
}
