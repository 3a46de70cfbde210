using KmsTools.AccessKeys;
using KmsTools.Authorization;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools;

/// <summary>
/// The single entry point for the acts that are not operations of the API: clusters, access keys, principals, quotas, alarms, backups, the
/// clock. Each records exactly one event, which is committed with its changes; a refused act records an event with the error.
/// </summary>
internal sealed class Administration(IStateStore store, StoreClock clock, StoreAccessCache access)
{
    /// <summary>Performs an act that is one transaction.</summary>
    /// <param name="act">The act.</param>
    /// <param name="work">Makes the changes; an exception undoes them and refuses the act.</param>
    /// <exception cref="StateStoreException">The store cannot be changed, or the refusal cannot be recorded.</exception>
    public T Do<T>(AdministrativeAct act, Func<AdministrativeContext, IStateTransaction, T> work) =>
        Do(act, context => context.Commit(transaction => work(context, transaction)));

    /// <summary>
    /// Performs an act of more than one transaction: it asks HSMs before or after <see cref="AdministrativeContext.Commit{T}"/>. When it
    /// ends without a commit, its event is committed separately.
    /// </summary>
    /// <param name="act">The act.</param>
    /// <param name="work">Performs the act; an exception before the commit refuses it.</param>
    /// <param name="observer">Observes the act; null for none.</param>
    /// <exception cref="StateStoreException">The store cannot be changed, or the refusal cannot be recorded.</exception>
    public T Do<T>(AdministrativeAct act, Func<AdministrativeContext, T> work, CallObserver? observer = null)
    {
        Caller caller = act.Caller ?? Caller.LocalUser(store.Properties.AccountId);
        RequireCaller(caller);
        AdministrativeContext context = new(act, caller, store, clock, access)
        {
            Observer = observer ?? CallObserver.None,
        };
        try
        {
            T result = work(context);
            if (context.Refusal is { } refusal)
            {
                context.Refuse(refusal);
            }
            else if (!context.IsRecorded)
            {
                context.Commit(static _ => true);
            }

            return result;
        }
        catch (Exception exception) when (!context.IsRecorded && exception is not ObjectDisposedException)
        {
            context.Refuse(AdministrativeRefusal.Of(exception));
            throw;
        }
    }

    /// <summary>
    /// Looks at what an act would do, before its user is asked. Where that refuses an act which the user has asked for, rather than what it
    /// would do, its event is recorded: the act itself does not begin.
    /// </summary>
    /// <param name="act">The act.</param>
    /// <param name="triedBy">Who has asked for the act; null if it is only previewed, so that nothing is recorded.</param>
    /// <param name="look">Looks, and changes nothing; an exception refuses the act.</param>
    public T Preview<T>(AdministrativeAct act, Caller? triedBy, Func<AdministrativeContext, T> look)
    {
        Caller caller = triedBy ?? Caller.LocalUser(store.Properties.AccountId);
        if (triedBy is not null)
        {
            RequireCaller(caller);
        }

        AdministrativeContext context = new(act, caller, store, clock, access);
        try
        {
            return look(context);
        }
        catch (Exception exception) when (triedBy is not null && exception is not ObjectDisposedException)
        {
            context.Refuse(AdministrativeRefusal.Of(exception));
            throw;
        }
    }

    // Not a refusal of the act: it is no act of anyone.
    private void RequireCaller(Caller caller)
    {
        if (store.IsShared && caller.Credentials is not null)
        {
            using IStateReader state = store.OpenReader();
            CredentialCheck.Require(caller, state, store, access);
        }
    }
}
