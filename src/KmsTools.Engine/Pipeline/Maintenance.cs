using KmsTools.Alarms;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Performs what has become due, in the store and then in HSMs, and updates the alarms. Calls run it when they find something due.
/// </summary>
internal sealed class Maintenance(
    IStateStore store,
    StoreClock clock,
    SnapshotCache snapshots,
    TimeGuard guard,
    DueWork dueWork,
    BackingKeyDeletion backingKeyDeletion,
    RootKeyRotation rootKeyRotation,
    AlarmStates alarms)
{
    /// <summary>Whether <see cref="Run"/> has something to do in the store. Cheap: every call asks.</summary>
    /// <param name="state">The state.</param>
    /// <param name="now">The current time (UTC).</param>
    public static bool IsNeeded(IStateReader state, DateTimeOffset now) => HasDueWork(state, now) || state.ReadRootKey().IsDue(now);

    /// <summary>Performs everything that has become due.</summary>
    /// <param name="changes">Gets what was done, once it is committed; null if it is of no interest.</param>
    /// <returns>The number of items.</returns>
    public int Run(ICollection<DueChange>? changes = null)
    {
        int done = CatchUp(changes);
        FinishDeletions();
        RotateRootKey();
        alarms.Evaluate();
        return done;
    }

    /// <summary>Performs everything that has become due in the store, in as many transactions as that takes; asks no HSM.</summary>
    /// <param name="changes">Gets what was done, once it is committed; null if it is of no interest.</param>
    /// <returns>The number of items.</returns>
    public int CatchUp(ICollection<DueChange>? changes = null)
    {
        int done = 0;
        bool isDue;
        using (IStateReader state = snapshots.Open())
        {
            DateTimeOffset now = clock.Now(state);
            guard.Begin(state);
            isDue = state.ReadEarliestDue() <= now;
            if (!HasDueWork(state, now))
            {
                return 0;
            }
        }

        try
        {
            for (bool hasMore = true; hasMore;)
            {
                using IStateTransaction transaction = store.BeginTransaction();
                (int items, hasMore) = dueWork.Apply(transaction, clock.Now(transaction), changes: changes);
                transaction.Commit();
                done += items;
            }
        }
        catch (StateStoreException) when (!isDue)
        {
            // Only the look at the clock could not be saved. The next call looks again.
        }

        return done;
    }

    /// <summary>Performs what is due in the store only, within the transaction of a call.</summary>
    /// <returns>The number of items, and whether a further transaction may find more.</returns>
    public (int Done, bool HasMore) ApplyDue(IStateTransaction transaction, DateTimeOffset now) =>
        dueWork.Apply(transaction, now, isCall: true);

    /// <summary>Has HSMs delete the material of keys that were deleted. Called after the commit.</summary>
    public void FinishDeletions() => backingKeyDeletion.Finish();

    private static bool HasDueWork(IStateReader state, DateTimeOffset now) => state.ReadEarliestDue() <= now
        || (state.ReadSimulatedTime() is null && ExplainedTime.NeedsLook(state.ReadStoreTime(), now));

    private void RotateRootKey()
    {
        try
        {
            using IStateReader state = snapshots.Open();
            if (state.ReadRootKey().IsDue(clock.Now(state)))
            {
                rootKeyRotation.Advance(clock);
            }
        }
        catch (StateStoreException)
        {
            // A full disk or a damaged value fails no call for this. A later one goes on with it.
        }
    }
}
