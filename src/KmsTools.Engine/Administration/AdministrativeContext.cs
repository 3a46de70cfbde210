using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools;

/// <summary>
/// One administrative act in progress: its caller, and what its event records besides its parameters. HSMs are asked before
/// <see cref="Commit{T}"/>, or after it, never while its transaction holds the store.
/// </summary>
internal sealed class AdministrativeContext(
    AdministrativeAct act, Caller caller, IStateStore store, StoreClock clock, StoreAccessCache access)
{
    /// <summary>The caller.</summary>
    public Caller Caller => caller;

    /// <summary>Observes the act.</summary>
    public CallObserver Observer { get; init; } = CallObserver.None;

    /// <summary>The results of the act, such as IDs that were generated: responseElements of the event.</summary>
    public Dictionary<string, string> ResponseElements { get; } = [];

    /// <summary>Additional data that the event records.</summary>
    public Dictionary<string, string> AdditionalEventData { get; } = [];

    /// <summary>The act, with what became known about it in the meantime.</summary>
    public AdministrativeAct Act { get; set; } = act;

    /// <summary>The time of the transaction (UTC), from the moment it begins.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Set to refuse the act with a response rather than an exception; nothing is changed then.</summary>
    public AdministrativeRefusal? Refusal { get; set; }

    /// <summary>Whether the event of the act is committed.</summary>
    public bool IsRecorded { get; private set; }

    /// <summary>Changes the store in one transaction, with the event of the act in it. Once per act.</summary>
    /// <param name="work">Makes the changes; an exception undoes them.</param>
    public T Commit<T>(Func<IStateTransaction, T> work)
    {
        if (IsRecorded)
        {
            throw new InvalidOperationException($"{Act.EventName} is recorded already.");
        }

        using IStateTransaction transaction = store.BeginTransaction();
        Now = clock.Now(transaction);

        // Before the work, which may remove the caller.
        CallerIdentity identity = CallerIdentity.Of(caller, access.Read(transaction));
        T result = work(transaction);
        if (Refusal is null)
        {
            transaction.Append(Record(Now, identity, null));
            transaction.Commit();
            IsRecorded = true;
        }

        return result;
    }

    /// <summary>Records that the act is refused.</summary>
    public void Refuse(AdministrativeRefusal refusal)
    {
        DateTimeOffset now;
        CallerIdentity identity;
        using (IStateReader state = store.OpenReader())
        {
            now = clock.Now(state);
            identity = CallerIdentity.Of(caller, access.Read(state));
        }

        // What the act was refused for may be a change that is not synced yet.
        store.WhenSyncedAsync().GetAwaiter().GetResult();
        store.Events.Append(Record(now, identity, refusal));
        IsRecorded = true;
    }

    private AuditRecord Record(DateTimeOffset time, CallerIdentity identity, AdministrativeRefusal? refusal) => AuditWriter.Administration(
        Act with { Caller = caller, Region = Act.Region ?? (caller.Region ?? store.Properties.Region) },
        identity,
        store.Properties.AccountId,
        time,
        ResponseElements,
        AdditionalEventData,
        refusal);
}
