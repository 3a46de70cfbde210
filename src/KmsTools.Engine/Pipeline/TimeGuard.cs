using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Looks at the clock of a store and at the monotonic clock of this process, and keeps in the store how much of the time is explained. Safe
/// for use by many threads.
/// </summary>
/// <param name="clock">Both clocks.</param>
internal sealed class TimeGuard(TimeProvider clock)
{
    private readonly Lock _gate = new();

    // Guarded by _gate: what this process knew after its last look, and when that was by its monotonic clock.
    private StoreTime? _mine;
    private long _stamp;

    /// <summary>Lets the time count from now on in which this process has the store open, unless it counts already.</summary>
    /// <param name="state">The state.</param>
    public void Begin(IStateReader state)
    {
        lock (_gate)
        {
            if (_mine is null)
            {
                _mine = state.ReadStoreTime();
                _stamp = clock.GetTimestamp();
            }
        }
    }

    /// <summary>Looks at the clock, and saves what that shows if it is news.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">The clock (UTC).</param>
    public TimeLook Look(IStateTransaction transaction, DateTimeOffset now)
    {
        StoreTime known = transaction.ReadStoreTime();
        StoreTime next;
        lock (_gate)
        {
            next = Compare(known, now, out long stamp);
            _mine = next;
            _stamp = stamp;
        }

        if (ExplainedTime.IsWorthSaving(known, next))
        {
            transaction.WriteStoreTime(next);
        }

        return new TimeLook(known, next);
    }

    /// <summary>Whether this process has not looked for a while, or what it saw may have changed since.</summary>
    /// <param name="now">The clock (UTC).</param>
    public bool IsNews(DateTimeOffset now)
    {
        lock (_gate)
        {
            return _mine is not { } mine || (now - mine.Seen).Duration() >= ExplainedTime.Step || now < mine.LatestHeld;
        }
    }

    /// <summary>What a look would show. Saves nothing.</summary>
    /// <param name="state">The state.</param>
    /// <param name="now">The clock (UTC).</param>
    public StoreTime Preview(IStateReader state, DateTimeOffset now)
    {
        lock (_gate)
        {
            return Compare(state.ReadStoreTime(), now, out _);
        }
    }

    private StoreTime Compare(StoreTime known, DateTimeOffset now, out long stamp)
    {
        stamp = clock.GetTimestamp();
        return _mine is { } mine
            ? ExplainedTime.Look(known, mine, clock.GetElapsedTime(_stamp, stamp), now)
            : ExplainedTime.Look(known, known, TimeSpan.Zero, now);
    }
}

/// <summary>A look at the clock.</summary>
/// <param name="Before">What the store knew before.</param>
/// <param name="After">What it knows now.</param>
internal readonly record struct TimeLook(StoreTime Before, StoreTime After)
{
    /// <summary>Whether time that was unexplained has become explained with this look.</summary>
    public bool HasBecomeExplained => !Before.IsExplained && After.IsExplained;
}
