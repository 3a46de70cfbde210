using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools;

/// <summary>
/// The one door of the acts that are no operations of the API: clusters, access keys, quotas, alarms, backups, the clock. Each leaves
/// exactly one event, which commits with what it changes; a refused one leaves an event with the error.
/// </summary>
internal sealed class Administration(IStateStore store, StoreClock clock)
{
    /// <summary>Does an act that is one transaction.</summary>
    /// <param name="act">The act.</param>
    /// <param name="work">Makes the changes; an exception undoes them and refuses the act.</param>
    /// <exception cref="StateStoreException">The store cannot be changed, or the refusal cannot be recorded.</exception>
    public T Do<T>(AdministrativeAct act, Func<AdministrativeContext, IStateTransaction, T> work) =>
        Do(act, context => context.Commit(transaction => work(context, transaction)));

    /// <summary>
    /// Does an act that is more than one transaction: it asks HSMs before or after <see cref="AdministrativeContext.Commit{T}"/>. When it
    /// ends without one, its event is committed by itself.
    /// </summary>
    /// <param name="act">The act.</param>
    /// <param name="work">Does it; an exception before the commit refuses the act.</param>
    /// <param name="observer">Follows the act; null when no one does.</param>
    /// <exception cref="StateStoreException">The store cannot be changed, or the refusal cannot be recorded.</exception>
    public T Do<T>(AdministrativeAct act, Func<AdministrativeContext, T> work, CallObserver? observer = null)
    {
        AdministrativeContext context = new(act, act.Caller ?? Caller.LocalUser(store.Properties.AccountId), store, clock)
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
}
