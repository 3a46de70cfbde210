using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>The clock of a store that was created with a simulated clock, which users move.</summary>
internal sealed class SimulatedClock(SnapshotCache snapshots, Maintenance maintenance, Administration administration)
{
    /// <inheritdoc cref="KmsEngine.StepClock"/>
    public ClockStep Step(DateTimeOffset to, Caller? caller)
    {
        (ImmutableHashSet<string> materialBefore, ImmutableHashSet<string> alarmsBefore) = Look();
        DateTimeOffset before = administration.Do(Stepping(to, caller), (context, transaction) =>
        {
            DateTimeOffset from = StoreClock.RequireStep(transaction, to);
            context.AdditionalEventData[Members.From] = Timestamp(from);
            transaction.WriteSimulatedTime(to);
            return from;
        });
        List<DueChange> changes = [];
        maintenance.Run(changes);
        (ImmutableHashSet<string> materialAfter, ImmutableHashSet<string> alarmsAfter) = Look();
        return new ClockStep(
            before,
            to,
            [.. changes],
            materialAfter.Except(materialBefore).Count,
            [.. alarmsAfter.Except(alarmsBefore).Order(StringComparer.Ordinal)]);
    }

    /// <inheritdoc cref="KmsEngine.PreviewStepClock"/>
    public void PreviewStep(DateTimeOffset to, Caller? triedBy) => administration.Preview(Stepping(to, triedBy), triedBy, _ =>
    {
        using IStateReader state = snapshots.Open();
        return StoreClock.RequireStep(state, to);
    });

    private static AdministrativeAct Stepping(DateTimeOffset to, Caller? caller) =>
        new AdministrativeAct(AuditNames.StepClock, caller).With(Members.To, Timestamp(to));

    // The key material without a key that is on record, and the alarms that are going off.
    private (ImmutableHashSet<string> Material, ImmutableHashSet<string> Alarms) Look()
    {
        using IStateReader state = snapshots.Open();
        return (
            [.. state.ListStrayKeyMaterial(null).Select(static stray => $"{stray.ClusterId}/{stray.BackingKeyId}")],
            [.. state.ListAlarms().Where(static alarm => alarm.State == AlarmState.ALARM).Select(static alarm => alarm.Name)]);
    }

    private static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
