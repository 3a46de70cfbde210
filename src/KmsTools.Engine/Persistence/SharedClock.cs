namespace KmsTools.Persistence;

/// <summary>
/// The clock of the database of a shared store, as a node knows it between its round trips: what it showed with an answer, and the time since
/// then by the monotonic clock of this process. So all nodes have one clock, wherever their own ones stand. It lags by the way of an answer,
/// some milliseconds, and never runs ahead. Safe for use by many threads.
/// </summary>
/// <param name="clock">Has the monotonic clock; null for the system's.</param>
public sealed class SharedClock(TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private volatile Reading? _last;

    /// <summary>What the clock of the database showed.</summary>
    private sealed record Reading(DateTimeOffset Shown, long Stamp);

    /// <summary>The time (UTC); null before the first answer.</summary>
    public DateTimeOffset? UtcNow
    {
        get
        {
            if (_last is not { } last)
            {
                return null;
            }

            TimeSpan since = _clock.GetElapsedTime(last.Stamp);
            return DateTimeOffset.MaxValue - last.Shown > since ? last.Shown + since : DateTimeOffset.MaxValue;
        }
    }

    /// <summary>An answer of the database has just come.</summary>
    /// <param name="shown">What its clock showed when it answered.</param>
    public void Note(DateTimeOffset shown) => _last = new Reading(shown.ToUniversalTime(), _clock.GetTimestamp());
}
