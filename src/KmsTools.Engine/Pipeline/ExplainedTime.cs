using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Whether the passage of time is explained, so that what was due may be destroyed. Pure functions. All differences are taken before they
/// are compared: sums would leave the range of times in the last hours of the year 9999.
/// </summary>
internal static class ExplainedTime
{
    /// <summary>How far the clock may run ahead of what monotonic clocks explain between two looks.</summary>
    public static readonly TimeSpan MaxGap = TimeSpan.FromHours(1);

    /// <summary>How often a look is saved while the store is changed anyway, or time is unexplained.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    /// <summary>How often a look is saved otherwise. What a process that was killed had not saved counts as part of the gap.</summary>
    public static readonly TimeSpan IdleStep = TimeSpan.FromMinutes(1);

    /// <summary>What a look at the clock shows.</summary>
    /// <param name="known">What the store knows.</param>
    /// <param name="mine">What this process knew after its previous look; what the store knows if this is the first.</param>
    /// <param name="since">The time since then by the monotonic clock; zero if this is the first look.</param>
    /// <param name="clock">The clock (UTC).</param>
    public static StoreTime Look(StoreTime known, StoreTime mine, TimeSpan since, DateTimeOffset clock)
    {
        // Processes that are open at the same time explain the same time: the greatest count, not the sum.
        TimeSpan passed = Max(TimeSpan.Zero, mine.Elapsed + since - known.Elapsed);
        StoreTime next = known with
        {
            Seen = clock,
            Greatest = clock > known.Greatest ? clock : known.Greatest,
            Elapsed = known.Elapsed + passed,
            Explained = Add(known.Explained, passed),
        };
        if (known.UnexplainedSince is { } begin)
        {
            // Only from the look on at which this process saw the same unexplained time: what it was open before explains nothing of it.
            TimeSpan uptime = mine.UnexplainedSince == begin ? Max(known.Uptime, mine.Uptime + since) : known.Uptime;
            bool wentBack = clock - begin < uptime - MaxGap;
            next = wentBack ? next with { UnexplainedSince = null, Uptime = TimeSpan.Zero } : next with { Uptime = uptime };
            if (!wentBack && uptime >= known.RequiredUptime)
            {
                // What the clock showed then is believed now. If it has jumped again since, that is to be explained in its turn.
                DateTimeOffset believed = Add(begin, uptime);
                next = next with
                {
                    Explained = believed > next.Explained ? believed : next.Explained,
                    UnexplainedSince = null,
                    Uptime = TimeSpan.Zero,
                };
            }
        }

        TimeSpan ahead = clock - next.Explained;
        return ahead <= MaxGap || known.RequiredUptime == TimeSpan.Zero ? Follow(next, clock, ahead)
            : next.IsExplained ? next with { UnexplainedSince = clock, Uptime = TimeSpan.Zero }
            : next;
    }

    /// <summary>What is known once a person has confirmed the clock.</summary>
    public static StoreTime Confirm(StoreTime looked) => Follow(looked, looked.Seen, looked.Seen - looked.Explained);

    /// <summary>Whether a look at the clock can change what is known, or what waits.</summary>
    /// <param name="known">What the store knows.</param>
    /// <param name="clock">The clock (UTC).</param>
    public static bool NeedsLook(StoreTime known, DateTimeOffset clock)
    {
        TimeSpan moved = clock - known.Seen;
        return moved <= -Step || (known.IsExplained
            ? moved >= IdleStep || known.HasHeld
            : moved >= Step || clock < known.LatestHeld);
    }

    /// <summary>Whether a look is to be saved.</summary>
    /// <param name="known">What the store knows.</param>
    /// <param name="next">What the look showed.</param>
    public static bool IsWorthSaving(StoreTime known, StoreTime next) => known.UnexplainedSince != next.UnexplainedSince
        || (next.Seen - known.Seen).Duration() >= Step || next.Elapsed - known.Elapsed >= Step || next.Uptime - known.Uptime >= Step;

    private static StoreTime Follow(StoreTime time, DateTimeOffset clock, TimeSpan ahead) => time with
    {
        Explained = clock,
        Elapsed = time.Elapsed + Max(TimeSpan.Zero, ahead),
        UnexplainedSince = null,
        Uptime = TimeSpan.Zero,
    };

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static DateTimeOffset Add(DateTimeOffset time, TimeSpan by) =>
        DateTimeOffset.MaxValue - time > by ? time + by : DateTimeOffset.MaxValue;
}
