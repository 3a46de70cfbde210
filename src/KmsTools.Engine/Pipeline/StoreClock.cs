using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// The clock of a store: the simulated one if the store has one, otherwise that which all machines of a shared store have in common, so that
/// nothing falls due early because one machine is ahead, otherwise the system's.
/// </summary>
/// <param name="clock">The clock of stores without either.</param>
/// <param name="store">The store.</param>
internal sealed class StoreClock(TimeProvider clock, IStateStore store)
{
    /// <summary>The real time (UTC).</summary>
    public DateTimeOffset RealNow => store.UtcNow ?? clock.GetUtcNow();

    /// <summary>The real time (UTC) by which processes claim work for a while, so that others leave it to them.</summary>
    public static DateTimeOffset TimeOfClaims(IStateStore store) => store.UtcNow ?? TimeProvider.System.GetUtcNow();

    /// <summary>The current time (UTC, to the millisecond).</summary>
    /// <param name="state">The state that holds the simulated time.</param>
    public DateTimeOffset Now(IStateReader state) => state.ReadSimulatedTime() ?? ToMilliseconds(RealNow);

    /// <summary>Refuses a step of the clock that cannot be made.</summary>
    /// <param name="state">The state that holds the simulated time.</param>
    /// <param name="to">The new time.</param>
    /// <returns>The current time of the clock.</returns>
    /// <exception cref="StoreClockException">The store has the real clock, or the time is in the past.</exception>
    public static DateTimeOffset RequireStep(IStateReader state, DateTimeOffset to)
    {
        if (state.ReadSimulatedTime() is not { } now)
        {
            throw new StoreClockException(
                ErrorCause.RealClock,
                "This store uses the real clock, which cannot be moved. A store gets a simulated clock when it is created.");
        }

        return to >= now
            ? now
            : throw new StoreClockException(ErrorCause.ClockBackwards, $"The simulated clock stands at {now:u} and cannot go back.");
    }

    // The store keeps milliseconds; a time that is compared with stored ones must not be finer.
    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
}
