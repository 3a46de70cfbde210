using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools.Alarms;

/// <summary>Keeps the states of the alarms of a store up to date with what they watch.</summary>
internal sealed class AlarmStates(IStateStore store, StoreClock clock, SnapshotCache snapshots)
{
    /// <summary>Brings the state of all alarms up to date, and its reason. Writes only when one changes.</summary>
    public void Evaluate()
    {
        using (IStateReader state = snapshots.Open())
        {
            DateTimeOffset now = clock.Now(state);
            if (!state.ListAlarms().Any(alarm => IsOutdated(alarm, AlarmRules.Evaluate(alarm, state, now))))
            {
                return;
            }
        }

        using IStateTransaction transaction = store.BeginTransaction();
        DateTimeOffset time = clock.Now(transaction);
        foreach (Alarm alarm in transaction.ListAlarms())
        {
            Alarm moved = Move(alarm, transaction, time);
            if (moved != alarm)
            {
                transaction.PutAlarm(moved);
            }
        }

        transaction.Commit();
    }

    /// <summary>Records a call that was refused because a key is pending deletion.</summary>
    public void NoteUse(Key key, AuditRecord refusal)
    {
        using (IStateReader state = snapshots.Open())
        {
            if (!state.ListAlarms().Any(alarm => AlarmRules.Watches(alarm, key)))
            {
                return;
            }
        }

        using IStateTransaction transaction = store.BeginTransaction();
        DateTimeOffset now = clock.Now(transaction);
        foreach (Alarm alarm in transaction.ListAlarms().Where(alarm => AlarmRules.Watches(alarm, key)))
        {
            transaction.PutAlarm(Move(
                alarm with { Uses = [.. alarm.Uses.Append(refusal.Time).TakeLast(alarm.Threshold)] },
                transaction,
                now,
                System.Text.Encoding.UTF8.GetString(refusal.Json.Span)));
        }

        transaction.Commit();
    }

    /// <summary>Returns the alarm in its current state.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="state">What is watched.</param>
    /// <param name="now">The time (UTC).</param>
    /// <param name="auditEvent">The audit event that belongs to the state; null to find it.</param>
    public Alarm Move(Alarm alarm, IStateReader state, DateTimeOffset now, string? auditEvent = null)
    {
        AlarmFinding finding = AlarmRules.Evaluate(alarm, state, now);
        if (finding.State == alarm.State)
        {
            return IsOutdated(alarm, finding) ? alarm with { StateReason = finding.Reason } : alarm;
        }

        return alarm with
        {
            State = finding.State,
            StateReason = finding.Reason,
            StateUpdated = now,
            AuditEventJson = auditEvent ?? (finding.State == AlarmState.ALARM ? FindEvent(alarm, finding) : alarm.AuditEventJson),
        };
    }

    // The number of orphans, for example, changes while an alarm about them goes off.
    private static bool IsOutdated(Alarm alarm, AlarmFinding finding) =>
        finding.State != alarm.State || finding.Reason != alarm.StateReason;

    private string? FindEvent(Alarm alarm, AlarmFinding finding)
    {
        EventQuery query = new() { EventName = finding.EventName, KeyId = finding.EventKeyId, Region = alarm.Region, Last = 1 };
        return finding.EventName.Length == 0 ? null : store.Events.Query(query).Select(AuditEvent.Parse).LastOrDefault()?.CloudTrailEvent;
    }
}
