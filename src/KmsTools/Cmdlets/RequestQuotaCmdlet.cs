namespace KmsTools.Commands;

/// <summary>A cmdlet that turns the request quotas of a store on or off.</summary>
public abstract class RequestQuotaCmdlet : KmsCmdlet
{
    private protected abstract bool Enabled { get; }

    private protected sealed override void Process()
    {
        if (ConfirmAction(Enabled
            ? "Throttle calls that exceed the request quotas of this store"
            : "Throttle no calls of this store any more"))
        {
            Engine.Quotas.SetRequestQuotasEnabled(Enabled, LocalCaller);
        }
    }
}
