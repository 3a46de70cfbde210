using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>When a segment is complete.</summary>
internal static class SegmentLimits
{
    /// <summary>The size in bytes above which a segment is complete, whatever the log keeps: 64 MiB.</summary>
    public const long MaxSize = 64 << 20;

    // With a maximum age or size, a segment is complete after this part of it, so that not much more is kept.
    private const int SegmentsPerLimit = 8;

    private const long MillisecondsPerDay = 86_400_000;

    /// <summary>The size in bytes above which a segment is complete.</summary>
    /// <param name="settings">What the log keeps.</param>
    /// <param name="maxSize">The size at most.</param>
    public static long SizeOf(EventLogSettings settings, long maxSize) =>
        Math.Min(maxSize, (settings.MaxSizeInBytes ?? long.MaxValue) / SegmentsPerLimit);

    /// <summary>Whether a segment is complete because it spans a long time.</summary>
    /// <param name="settings">What the log keeps.</param>
    /// <param name="count">The number of its events.</param>
    /// <param name="firstTime">The earliest time of an event in unix milliseconds.</param>
    /// <param name="lastTime">The latest time of an event in unix milliseconds.</param>
    public static bool IsOld(EventLogSettings settings, long count, long firstTime, long lastTime) => count > 1
        && settings.MaxAgeInDays is int days
        && lastTime - firstTime >= days * MillisecondsPerDay / SegmentsPerLimit;

    /// <summary>After how many more bytes it is tried again to complete a segment, where that failed.</summary>
    public static long RetryAfter(long size) => (size / SegmentsPerLimit) + 1;
}
