using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>The clock of a store: the simulated one if the store has one, otherwise the system's.</summary>
/// <param name="clock">The clock of stores without a simulated one.</param>
internal sealed class StoreClock(TimeProvider clock)
{
    /// <summary>The current time (UTC, to the millisecond).</summary>
    /// <param name="state">The state that holds the simulated time.</param>
    public DateTimeOffset Now(IStateReader state) => state.ReadSimulatedTime() ?? ToMilliseconds(clock.GetUtcNow());

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
