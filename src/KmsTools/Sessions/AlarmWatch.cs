using System.Collections.Immutable;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Runtime.CompilerServices;
using KmsTools.Alarms;
using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>
/// Notifies a session when the state of an alarm changes, whichever process changed it: raises a PowerShell event, and runs the actions
/// that are enabled in the session. Polls the store after each cmdlet and once a second, and only while the store has alarms.
/// </summary>
internal sealed class AlarmWatch : IDisposable
{
    /// <summary>The source identifier of the events, for Register-EngineEvent.</summary>
    public const string SourceIdentifier = "KmsTools.Alarm";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly ConditionalWeakTable<PSEventManager, AlarmWatch> Watches = [];

    private readonly Lock _gate = new();
    private readonly WeakReference<PSEventManager> _events;
    private readonly KmsConnection _connection;
    private readonly Timer _timer;
    private Dictionary<string, (AlarmState State, DateTime Since)> _seen;

    private AlarmWatch(PSEventManager events, KmsConnection connection)
    {
        _events = new WeakReference<PSEventManager>(events);
        _connection = connection;
        _seen = Read().ToDictionary(
            static alarm => alarm.Name,
            static alarm => (alarm.State, alarm.StateUpdatedDate),
            StringComparer.Ordinal);
        _timer = new Timer(static watch => ((AlarmWatch)watch!).PollFromTimer(), this, Interval, Interval);
    }

    /// <summary>Polls the alarms of the store of the session, if a store is open and has alarms.</summary>
    public static void Poll(PSEventManager events)
    {
        if (KmsSession.Find() is not { } connection)
        {
            return;
        }

        if (Watches.TryGetValue(events, out AlarmWatch? watch))
        {
            if (ReferenceEquals(watch._connection, connection))
            {
                watch.Look();
                return;
            }

            watch.Dispose();
            Watches.Remove(events);
        }

        try
        {
            if (connection.Engine.Alarms.Exist())
            {
                Watches.AddOrUpdate(events, new AlarmWatch(events, connection));
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or StateStoreException)
        {
            // The cmdlet itself reports it.
        }
    }

    /// <summary>Runs a script block in this session whenever an alarm goes off, with the alarm as <c>$_</c>.</summary>
    public static void SubscribeAction(PSEventManager events, string alarmName, ScriptBlock action)
    {
        Disarm(events, alarmName);
        _ = events.SubscribeEvent(
            null, null, ActionIdentifier(alarmName), null, WithAlarm(action), supportEvent: false, forwardEvent: false);
    }

    /// <summary>Reverts <see cref="SubscribeAction"/>.</summary>
    public static void Disarm(PSEventManager events, string alarmName)
    {
        foreach (PSEventSubscriber subscriber in events.GetEventSubscribers(ActionIdentifier(alarmName)).ToArray())
        {
            events.UnsubscribeEvent(subscriber);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    // A block that declares parameters gets the alarm as the first of them.
    private static ScriptBlock WithAlarm(ScriptBlock action) =>
        action.Ast is ScriptBlockAst { ParamBlock: null, BeginBlock: null, ProcessBlock: null, UsingStatements.Count: 0 }
            ? ScriptBlock.Create($"$_ = $args[0]\n{action}")
            : action;

    private static string ActionIdentifier(string alarmName) => $"{SourceIdentifier}.{alarmName}";

    private ImmutableArray<AlarmDescription> Read() => _connection.Engine.Alarms.List();

    private void PollFromTimer()
    {
        try
        {
            Look();
        }
#pragma warning disable CA1031 // An exception that leaves a timer ends the whole session. The next cmdlet polls too, and reports it.
        catch (Exception)
        {
        }
#pragma warning restore CA1031
    }

    private void Look()
    {
        if (!_connection.IsOpen || !_events.TryGetTarget(out PSEventManager? events))
        {
            _timer?.Dispose();
            return;
        }

        // The timer and a cmdlet may poll at the same time; only one of them raises the event.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            RaiseChanges(events);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or StateStoreException)
        {
            // Closed, or busy: the next poll raises the event.
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void RaiseChanges(PSEventManager events)
    {
        Dictionary<string, (AlarmState State, DateTime Since)> now = new(StringComparer.Ordinal);
        foreach (AlarmDescription alarm in Read())
        {
            now[alarm.Name] = (alarm.State, alarm.StateUpdatedDate);
            bool isNew = !_seen.TryGetValue(alarm.Name, out (AlarmState State, DateTime Since) before);
            if (isNew ? alarm.State == AlarmState.ALARM : before != now[alarm.Name])
            {
                Raise(events, alarm);
            }
        }

        _seen = now;
    }

    private void Raise(PSEventManager events, AlarmDescription alarm)
    {
        object?[] arguments = [alarm, alarm.AuditEvent];
        _ = events.GenerateEvent(SourceIdentifier, _connection, arguments, PSObject.AsPSObject(alarm));
        if (alarm.State == AlarmState.ALARM && events.GetEventSubscribers(ActionIdentifier(alarm.Name)).Any())
        {
            _ = events.GenerateEvent(ActionIdentifier(alarm.Name), _connection, arguments, PSObject.AsPSObject(alarm));
        }
    }
}
