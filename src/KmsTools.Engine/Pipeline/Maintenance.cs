using KmsTools.Alarms;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Does what has fallen due, in the store and then in HSMs, and brings the alarms up to date. Calls run it when they find something due.
/// </summary>
internal sealed class Maintenance(
    IStateStore store,
    StoreClock clock,
    SnapshotCache snapshots,
    DueWork dueWork,
    BackingKeyDeletion backingKeyDeletion,
    AlarmStates alarms)
{
    /// <summary>Does all that has fallen due.</summary>
    /// <returns>How many items there were.</returns>
    public int Run()
    {
        int done = 0;
        using (IStateReader state = snapshots.Open())
        {
            if (state.ReadEarliestDue() <= clock.Now(state))
            {
                using IStateTransaction transaction = store.BeginTransaction();
                done = dueWork.Apply(transaction, clock.Now(transaction));
                transaction.Commit();
            }
        }

        FinishDeletions();
        alarms.Evaluate();
        return done;
    }

    /// <summary>Does what is due in the store only, within the transaction of a call.</summary>
    /// <returns>How many items there were.</returns>
    public int ApplyDue(IStateTransaction transaction, DateTimeOffset now) => dueWork.Apply(transaction, now);

    /// <summary>Asks HSMs to delete the material of keys that were deleted. Called after the commit.</summary>
    public void FinishDeletions() => backingKeyDeletion.Finish();
}
