using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;

namespace KmsTools.Files;

/// <summary>Shows the progress of a file once it has taken a second.</summary>
/// <param name="cmdlet">The cmdlet that shows it.</param>
/// <param name="activity">The activity in progress.</param>
/// <param name="length">The total number of bytes; null if it is not known.</param>
internal sealed class ByteProgress(Cmdlet cmdlet, string activity, long? length) : IProgress<long>
{
    private const int ActivityId = 0x4B4D53;

    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private TimeSpan _next = Delay;

    /// <inheritdoc/>
    public void Report(long value)
    {
        TimeSpan elapsed = _elapsed.Elapsed;
        if (elapsed < _next)
        {
            return;
        }

        _next = elapsed + Interval;
        ProgressRecord record = new(ActivityId, activity, length is { } all ? $"{Show(value)} of {Show(all)}" : Show(value));
        if (length > 0)
        {
            double share = Math.Min(1, (double)value / length.Value);
            record.PercentComplete = (int)(100 * share);
            record.SecondsRemaining = share > 0 ? (int)Math.Min(int.MaxValue, elapsed.TotalSeconds * (1 - share) / share) : -1;
        }

        cmdlet.WriteProgress(record);
    }

    /// <summary>Removes it from the screen.</summary>
    public void Complete()
    {
        if (_next > Delay)
        {
            cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, "Done") { RecordType = ProgressRecordType.Completed });
        }
    }

    private static string Show(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB");
}
