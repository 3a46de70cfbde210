using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>The clock of a store that was created with a simulated clock, which users move.</summary>
internal sealed class SimulatedClock(SnapshotCache snapshots, Maintenance maintenance, Administration administration)
{
    /// <inheritdoc cref="KmsEngine.StepClock"/>
    public void Step(DateTimeOffset to, Caller? caller)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.StepClock, caller).With(Members.To, Timestamp(to));
        administration.Do(act, (context, transaction) =>
        {
            DateTimeOffset from = StoreClock.RequireStep(transaction, to);
            context.AdditionalEventData[Members.From] = Timestamp(from);
            transaction.WriteSimulatedTime(to);
            return from;
        });
        maintenance.Run();
    }

    /// <inheritdoc cref="KmsEngine.PreviewStepClock"/>
    public void PreviewStep(DateTimeOffset to)
    {
        using IStateReader state = snapshots.Open();
        StoreClock.RequireStep(state, to);
    }

    private static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
