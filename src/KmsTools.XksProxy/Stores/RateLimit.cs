namespace KmsTools.XksProxy.Stores;

/// <summary>
/// A number of requests per second, of which one second's worth may come at once. Knows only when the next request would be due if all had
/// come evenly.
/// </summary>
/// <param name="perSecond">The number.</param>
/// <param name="clock">The clock.</param>
internal sealed class RateLimit(int perSecond, TimeProvider clock)
{
    private readonly long _second = clock.TimestampFrequency;
    private readonly long _interval = Math.Max(1, clock.TimestampFrequency / perSecond);

    // Interlocked.
    private long _due;

    /// <summary>The number.</summary>
    public int PerSecond => perSecond;

    /// <summary>Counts a request, unless there are too many.</summary>
    public bool TryTake()
    {
        long now = clock.GetTimestamp();
        while (true)
        {
            long seen = Volatile.Read(ref _due);
            long due = Math.Max(seen, now);
            if (due - now > _second - _interval)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _due, due + _interval, seen) == seen)
            {
                return true;
            }
        }
    }
}
