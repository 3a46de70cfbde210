using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>When segments are complete, by settings that are read again behind the calls.</summary>
/// <param name="read">Reads what the log keeps.</param>
/// <param name="maxSize">The size in bytes above which a segment is complete, whatever the log keeps.</param>
internal sealed class SegmentSettings(Func<EventLogSettings> read, long maxSize)
{
    private const int ValidMilliseconds = 10_000;

    private readonly EventSettingsCache _cache = new(read);
    private long _nextRead;

    /// <summary>The size in bytes above which a segment is complete.</summary>
    public long MaxSize => SegmentLimits.SizeOf(_cache.Known, maxSize);

    /// <summary>Whether a segment is complete.</summary>
    public bool IsFull(SegmentRow segment) => segment.Events > 0
        && (segment.Size >= MaxSize || SegmentLimits.IsOld(_cache.Known, segment.Events, segment.FirstTime, segment.LastTime));

    /// <summary>Reads the settings now.</summary>
    public void Changed() => _cache.Changed();

    /// <summary>Reads the settings again, on another thread, if that was long ago.</summary>
    public void Follow()
    {
        long next = Volatile.Read(ref _nextRead);
        long now = Environment.TickCount64;
        if (now >= next && Interlocked.CompareExchange(ref _nextRead, now + ValidMilliseconds, next) == next)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static settings => settings.TryRead(), this, preferLocal: false);
        }
    }

    private void TryRead()
    {
        try
        {
            _cache.Read();
        }
        catch (Exception exception) when (exception is StateStoreException or ObjectDisposedException)
        {
            // They are as they were.
        }
    }
}
