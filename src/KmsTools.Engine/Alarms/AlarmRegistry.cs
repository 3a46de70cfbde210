using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Alarms;

/// <summary>An alarm as it is now.</summary>
/// <param name="Name">The name.</param>
/// <param name="Event">What is watched.</param>
/// <param name="State">OK, or ALARM.</param>
/// <param name="StateReason">Why it is in this state.</param>
/// <param name="StateUpdatedDate">Since when (UTC).</param>
/// <param name="KeyId">The ARN of the only key that is watched; null for all.</param>
/// <param name="CustomKeyStoreId">The only custom key store that is watched; null for all.</param>
/// <param name="Threshold">How much is too much: calls, key stores or orphans; days before the expiry of key material.</param>
/// <param name="Action">The text of the script block that belongs to the alarm, or null.</param>
/// <param name="AuditEvent">The audit event that belongs to the state, or null.</param>
/// <param name="CreationDate">When it was made (UTC).</param>
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

/// <summary>The alarms of a store: what Amazon CloudWatch is to AWS KMS. They belong to the store and outlive the process.</summary>
public sealed class AlarmRegistry
{
    private readonly IStateStore _store;
    private readonly KmsEngine _engine;
    private readonly AlarmStates _states;

    internal AlarmRegistry(IStateStore store, KmsEngine engine, AlarmStates states)
    {
        _store = store;
        _engine = engine;
        _states = states;
    }

    /// <summary>Makes an alarm.</summary>
    /// <param name="name">1 to 255 characters, unique in the store.</param>
    /// <param name="watched">What to watch.</param>
    /// <param name="keyId">
    /// The only key to watch: ID, ARN or alias. For KeyStoreFailed a key in the custom key store to watch. Null for all.
    /// </param>
    /// <param name="threshold">How much is too much: 1-1000; 1-365 days for KeyMaterialExpiring. Null for 1, or 30 days.</param>
    /// <param name="action">The text of a script block, or null.</param>
    /// <param name="caller">Whose Region the key is in; null for the user of the operating system.</param>
    /// <exception cref="ArgumentException">The name is taken, or the parameters do not fit together.</exception>
    /// <exception cref="KmsException">There is no such key.</exception>
    public AlarmDescription Create(
        string name, AlarmEvent watched, string? keyId = null, int? threshold = null, string? action = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        AlarmRules.RequireName(name);
        int limit = AlarmRules.RequireThreshold(watched, threshold);
        Key? key = keyId is null ? null : _engine.Preview(new DescribeKeyRequest { KeyId = keyId }, caller)[0].Key;
        if (key is not null)
        {
            AlarmRules.RequireFit(watched, key.Arn, key.Origin, key.CustomKeyStoreId is not null);
        }

        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindAlarm(name) is not null)
        {
            throw new ArgumentException($"An alarm with the name '{name}' exists already.", nameof(name));
        }

        AlarmDefinition definition = watched == AlarmEvent.KeyStoreFailed
            ? new(watched, limit, key?.Region, CustomKeyStoreId: key?.CustomKeyStoreId)
            : new(watched, limit, key?.Region, key?.KeyId);
        Alarm alarm = Make(name, definition, action, transaction);
        transaction.Commit();
        return Describe(alarm);
    }

    /// <summary>
    /// Makes an alarm without an action, or has one that is there watch something else. Its action stays; its state is what it finds now.
    /// </summary>
    internal void Set(string name, AlarmDefinition definition)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindAlarm(name) is { } present)
        {
            Redefine(present, definition, transaction);
        }
        else
        {
            Make(name, definition, action: null, transaction);
        }

        transaction.Commit();
    }

    /// <summary>All alarms as they are now, in the order of their names.</summary>
    public ImmutableArray<AlarmDescription> List()
    {
        _engine.ProcessDue();
        using IStateReader state = _engine.OpenReader();
        return [.. state.ListAlarms().Select(Describe)];
    }

    /// <summary>Whether the store has any alarm.</summary>
    public bool Exist()
    {
        using IStateReader state = _engine.OpenReader();
        return !state.ListAlarms().IsEmpty;
    }

    /// <summary>Removes an alarm.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using IStateTransaction transaction = _store.BeginTransaction();
        if (transaction.FindAlarm(name) is null)
        {
            return false;
        }

        transaction.DeleteAlarm(name);
        transaction.Commit();
        return true;
    }

    /// <summary>Brings the state of all alarms up to date. Writes only when one changes.</summary>
    public void Evaluate() => _states.Evaluate();

    private Alarm Make(string name, AlarmDefinition definition, string? action, IStateTransaction transaction)
    {
        DateTimeOffset now = _engine.Now(transaction);
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

    private void Redefine(Alarm present, AlarmDefinition definition, IStateTransaction transaction)
    {
        // What was found until now says nothing of anything else.
        bool isSameButThreshold = definition with { Threshold = present.Threshold } == AlarmDefinition.Of(present);
        DateTimeOffset now = _engine.Now(transaction);
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
        transaction.PutAlarm(_states.Move(asked, transaction, now));
    }

    private AlarmDescription Describe(Alarm alarm) => new(
        alarm.Name,
        alarm.Event,
        alarm.State,
        alarm.StateReason,
        alarm.StateUpdated.UtcDateTime,
        alarm.KeyId is null ? null : KeyIdentifier.KeyArn(alarm.Region!, _store.Properties.AccountId, alarm.KeyId),
        alarm.CustomKeyStoreId,
        alarm.Threshold,
        alarm.Action,
        alarm.AuditEventJson is null ? null : AuditEvent.Parse(alarm.AuditEventJson),
        alarm.CreationDate.UtcDateTime);
}
