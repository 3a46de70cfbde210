using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>How long calls that read do not see changes, as it can happen in AWS KMS, which is eventually consistent.</summary>
internal sealed class EventualConsistency(SnapshotCache snapshots, Administration administration)
{
    /// <summary>The longest delay in seconds. AWS names five minutes for grants and most other changes.</summary>
    public const int MaxDelay = 300;

    /// <summary>The delay in seconds.</summary>
    public int Delay
    {
        get
        {
            using IStateReader state = snapshots.Open();
            return state.ReadConsistencyDelay();
        }
    }

    /// <inheritdoc cref="KmsEngine.SetConsistencyDelay"/>
    public void SetDelay(int seconds, Caller? caller) => administration.Do(
        new AdministrativeAct(AuditNames.SetConsistencyDelay, caller).With(Members.Seconds, seconds),
        (context, transaction) =>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(seconds);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(seconds, MaxDelay);
            context.AdditionalEventData[Members.From] = transaction.ReadConsistencyDelay().ToString(CultureInfo.InvariantCulture);
            transaction.WriteConsistencyDelay(seconds, context.Now);
            return seconds;
        });
}
