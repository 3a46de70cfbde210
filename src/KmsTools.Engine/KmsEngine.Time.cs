using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;

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
    /// <param name="triedBy">Who has asked for the step, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="InvalidOperationException">The store has the real clock, or the time is in the past.</exception>
    public void PreviewStepClock(DateTimeOffset to, Caller? triedBy = null) => _simulatedClock.PreviewStep(to, triedBy);

    /// <summary>
    /// What is to come without a call: rotations, expiries of imported key material and deletions, the earliest first. Performs what is due
    /// before. Reads only as many keys as it returns changes. Records nothing.
    /// </summary>
    /// <param name="region">The Region; null for all.</param>
    /// <param name="until">The last due date (UTC); null for any.</param>
    /// <param name="max">The greatest number of changes to return, from 1.</param>
    public ImmutableArray<DueChange> FindSchedule(RegionName? region = null, DateTimeOffset? until = null, int max = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        DateTimeOffset last = until ?? DateTimeOffset.MaxValue;
        ProcessDue();
        using IStateReader state = OpenReader();

        // Each key has a change that is not after the first one of the next key: those of as many keys are enough.
        return
        [
            .. state.ListDueKeys(region?.ToString(), last, max)
                .Select(found => state.FindKey(found.Region, found.KeyId)).OfType<Key>()
                .SelectMany(key => DueChange.Of(key, state))
                .Where(change => change.DueDate <= last.UtcDateTime)
                .OrderBy(static change => change.DueDate).ThenBy(static change => change.KeyArn, StringComparer.Ordinal)
                .Take(max),
        ];
    }

    /// <summary>
    /// Makes calls that read see changes late, to rehearse eventual consistency. Calls that change something always see the present, and
    /// destroyed key material is gone for all. With 0, every change made so far is seen at once.
    /// </summary>
    /// <param name="seconds">The delay on the store's clock, 0-300 seconds.</param>
    /// <param name="caller">The caller that sets it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or longer than 300 seconds.</exception>
    public void SetConsistencyDelay(int seconds, Caller? caller = null) => _consistency.SetDelay(seconds, caller);
}
