namespace KmsTools;

/// <content>The clock of the store, and when changes are seen.</content>
public sealed partial class KmsEngine
{
    /// <summary>Moves a simulated clock and performs what becomes due on the way.</summary>
    /// <param name="to">The new time; not before the current one.</param>
    /// <param name="caller">The caller who moves it; null for the user of the operating system.</param>
    /// <exception cref="InvalidOperationException">The store has the real clock, or the time is in the past.</exception>
    /// <returns>What happened on the way.</returns>
    public ClockStep StepClock(DateTimeOffset to, Caller? caller = null) => _simulatedClock.Step(to, caller);

    /// <summary>Refuses what <see cref="StepClock"/> would refuse, and does nothing.</summary>
    /// <param name="to">The new time.</param>
    /// <exception cref="InvalidOperationException">The store has the real clock, or the time is in the past.</exception>
    public void PreviewStepClock(DateTimeOffset to) => _simulatedClock.PreviewStep(to);

    /// <summary>
    /// Makes calls that read see changes late, to rehearse eventual consistency. Calls that change something always see the present, and
    /// destroyed key material is gone for all. With 0, every change made so far is seen at once.
    /// </summary>
    /// <param name="seconds">The delay on the store's clock, 0-300 seconds.</param>
    /// <param name="caller">The caller that sets it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or longer than 300 seconds.</exception>
    public void SetConsistencyDelay(int seconds, Caller? caller = null) => _consistency.SetDelay(seconds, caller);
}
