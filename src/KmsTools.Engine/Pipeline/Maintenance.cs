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
    DueWork dueWork,
    BackingKeyDeletion backingKeyDeletion,
    AlarmStates alarms)
{
    /// <summary>Performs everything that has become due.</summary>
    /// <param name="changes">Gets what was done, once it is committed; null if it is of no interest.</param>
    /// <returns>The number of items.</returns>
    public int Run(ICollection<DueChange>? changes = null)
    {
        int done = 0;
        using (IStateReader state = snapshots.Open())
        {
            if (state.ReadEarliestDue() <= clock.Now(state))
            {
                using IStateTransaction transaction = store.BeginTransaction();
                done = dueWork.Apply(transaction, clock.Now(transaction), changes);
                transaction.Commit();
            }
        }

        FinishDeletions();
        alarms.Evaluate();
        return done;
    }

    /// <summary>Performs what is due in the store only, within the transaction of a call.</summary>
    /// <returns>The number of items.</returns>
    public int ApplyDue(IStateTransaction transaction, DateTimeOffset now) => dueWork.Apply(transaction, now);

    /// <summary>Has HSMs delete the material of keys that were deleted. Called after the commit.</summary>
    public void FinishDeletions() => backingKeyDeletion.Finish();
}
