using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.Alarms;

/// <summary>The current state of an alarm.</summary>
/// <param name="Name">The name.</param>
/// <param name="Event">What is watched.</param>
/// <param name="State">OK, or ALARM.</param>
/// <param name="StateReason">Why it is in this state.</param>
/// <param name="StateUpdatedDate">Since when (UTC).</param>
/// <param name="KeyId">The ARN of the only key that is watched; null for all.</param>
/// <param name="CustomKeyStoreId">The only custom key store that is watched; null for all.</param>
/// <param name="Threshold">The threshold: a number of calls, key stores or orphans; or days before the expiry of key material.</param>
/// <param name="Action">The text of the script block that belongs to the alarm, or null.</param>
/// <param name="AuditEvent">The audit event that belongs to the state, or null.</param>
/// <param name="CreationDate">When it was created (UTC).</param>
public sealed record AlarmDescription(
    string Name,
    AlarmEvent Event,
    AlarmState State,
    string StateReason,
    DateTime StateUpdatedDate,
    string? KeyId,
    string? CustomKeyStoreId,
    int Threshold,
    string? Action,
    AuditEvent? AuditEvent,
    DateTime CreationDate);

/// <summary>
/// The alarms of a store: the counterpart of Amazon CloudWatch for AWS KMS. They belong to the store and outlive the process.
/// </summary>
public sealed class AlarmRegistry
{
    private readonly StateStoreProperties _properties;
    private readonly SnapshotCache _snapshots;
    private readonly CallPipeline _pipeline;
    private readonly Maintenance _maintenance;
    private readonly Administration _administration;
    private readonly AlarmStates _states;

    internal AlarmRegistry(
        StateStoreProperties properties,
        SnapshotCache snapshots,
        CallPipeline pipeline,
        Maintenance maintenance,
        Administration administration,
        AlarmStates states)
    {
        _properties = properties;
        _snapshots = snapshots;
        _pipeline = pipeline;
        _maintenance = maintenance;
        _administration = administration;
        _states = states;
    }

    /// <summary>Creates an alarm.</summary>
    /// <param name="name">1 to 255 characters, unique in the store.</param>
    /// <param name="watched">What to watch.</param>
    /// <param name="keyId">
    /// The only key to watch: ID, ARN or alias. For KeyStoreFailed and ProxyCertificateExpiring a key in the custom key store to
    /// watch. Null for all.
    /// </param>
    /// <param name="threshold">The threshold: 1-1000; 1-365 days for KeyMaterialExpiring and ProxyCertificateExpiring. Null for 1, or 30 and 10 days.</param>
    /// <param name="action">The text of a script block, or null.</param>
    /// <param name="caller">The caller, whose Region the key is in; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The name is taken, or the parameters do not fit together.</exception>
    /// <exception cref="KmsException">The key does not exist.</exception>
    public AlarmDescription Create(
        string name, AlarmEvent watched, string? keyId = null, int? threshold = null, string? action = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        AdministrativeAct act = new AdministrativeAct(AuditNames.CreateAlarm, caller)
            .With(Members.Name, name).With(Members.Event, watched.ToString()).With(Members.KeyId, keyId).With(Members.Threshold, threshold)
            .With(Members.HasAction, action is null ? null : true);
        return _administration.Do(act, context =>
        {
            AlarmRules.RequireName(name);
            int limit = AlarmRules.RequireThreshold(watched, threshold);
            Key? key = keyId is null ? null : _pipeline.FindKey(keyId, context.Caller);
            if (key is not null)
            {
                AlarmRules.RequireFit(watched, key.Arn, key.Origin, key.CustomKeyStoreId is not null);
                context.Act = context.Act with { KeyArn = key.Arn };
            }

            return context.Commit(transaction =>
            {
                if (transaction.FindAlarm(name) is not null)
                {
                    throw new ArgumentException($"An alarm with the name '{name}' exists already.", nameof(name));
                }

                AlarmDefinition definition = AlarmRules.IsOfKeyStore(watched)
                    ? new(watched, limit, key?.Region, CustomKeyStoreId: key?.CustomKeyStoreId)
                    : new(watched, limit, key?.Region, key?.KeyId);
                return Describe(Make(name, definition, action, transaction, context.Now));
            });
        });
    }

    /// <summary>
    /// Creates an alarm without an action, or makes an existing one watch something else. Its action is kept; its state is evaluated again.
    /// </summary>
    internal void Set(string name, AlarmDefinition definition, Caller? caller)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetAlarm, caller)
            .With(Members.Name, name).With(Members.Event, definition.Event.ToString()).With(Members.KeyId, definition.KeyId)
            .With(Members.CustomKeyStoreId, definition.CustomKeyStoreId).With(Members.Threshold, definition.Threshold);
        _administration.Do(act, (context, transaction) => transaction.FindAlarm(name) is { } present
            ? Redefine(present, definition, transaction, context.Now)
            : Make(name, definition, action: null, transaction, context.Now));
    }

    /// <summary>Records that a session arms the action of an alarm, and will run it when the alarm is raised.</summary>
    /// <param name="name">The alarm.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <returns>The text of the action; null when the alarm does not exist or has no action.</returns>
    public string? EnableAction(string name, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _administration.Do(new AdministrativeAct(AuditNames.EnableAlarmAction, caller).With(
            Members.Name,
            name), (context, transaction) =>
        {
            Alarm? alarm = transaction.FindAlarm(name);
            if (alarm is not { Action: not null })
            {
                context.Refusal = alarm is null
                    ? Missing(name)
                    : new AdministrativeRefusal("ValidationException", $"The alarm '{name}' has no action.");
            }

            return alarm?.Action;
        });
    }

    /// <summary>The current state of all alarms, in the order of their names.</summary>
    public ImmutableArray<AlarmDescription> List()
    {
        _maintenance.Run();
        using IStateReader state = _snapshots.Open();
        return [.. state.ListAlarms().Select(Describe)];
    }

    /// <summary>Whether the store has any alarm.</summary>
    public bool Exist()
    {
        using IStateReader state = _snapshots.Open();
        return !state.ListAlarms().IsEmpty;
    }

    /// <summary>Removes an alarm.</summary>
    /// <param name="name">The alarm.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <returns>Whether the alarm existed.</returns>
    public bool Remove(string name, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _administration.Do(new AdministrativeAct(AuditNames.RemoveAlarm, caller).With(Members.Name, name), (context, transaction) =>
        {
            if (transaction.FindAlarm(name) is null)
            {
                context.Refusal = Missing(name);
                return false;
            }

            transaction.DeleteAlarm(name);
            return true;
        });
    }

    /// <summary>Brings the state of all alarms up to date. Writes only when one changes.</summary>
    public void Evaluate() => _states.Evaluate();

    private static AdministrativeRefusal Missing(string name) => new("ResourceNotFoundException", $"Alarm '{name}' does not exist.");

    private Alarm Make(string name, AlarmDefinition definition, string? action, IStateTransaction transaction, DateTimeOffset now)
    {
        Alarm alarm = _states.Move(
            new Alarm
            {
                Name = name,
                Event = definition.Event,
                Region = definition.Region,
                KeyId = definition.KeyId,
                CustomKeyStoreId = definition.CustomKeyStoreId,
                Threshold = definition.Threshold,
                Action = action,
                CreationDate = now,
                StateUpdated = now,
            },
            transaction,
            now);
        transaction.PutAlarm(alarm);
        return alarm;
    }

    private Alarm Redefine(Alarm present, AlarmDefinition definition, IStateTransaction transaction, DateTimeOffset now)
    {
        // What was found so far does not apply to what is watched from now on.
        bool isSameButThreshold = definition with { Threshold = present.Threshold } == AlarmDefinition.Of(present);
        Alarm asked = present with
        {
            Event = definition.Event,
            Region = definition.Region,
            KeyId = definition.KeyId,
            CustomKeyStoreId = definition.CustomKeyStoreId,
            Threshold = definition.Threshold,
            State = isSameButThreshold ? present.State : AlarmState.OK,
            StateReason = "",
            StateUpdated = isSameButThreshold || present.State == AlarmState.OK ? present.StateUpdated : now,
            Uses = isSameButThreshold ? [.. present.Uses.TakeLast(definition.Threshold)] : [],
            AuditEventJson = isSameButThreshold ? present.AuditEventJson : null,
        };
        Alarm moved = _states.Move(asked, transaction, now);
        transaction.PutAlarm(moved);
        return moved;
    }

    private AlarmDescription Describe(Alarm alarm) => new(
        alarm.Name,
        alarm.Event,
        alarm.State,
        alarm.StateReason,
        alarm.StateUpdated.UtcDateTime,
        alarm.KeyId is null ? null : KeyIdentifier.KeyArn(alarm.Region!, _properties.AccountId, alarm.KeyId),
        alarm.CustomKeyStoreId,
        alarm.Threshold,
        alarm.Action,
        alarm.AuditEventJson is null ? null : AuditEvent.Parse(alarm.AuditEventJson),
        alarm.CreationDate.UtcDateTime);
}
