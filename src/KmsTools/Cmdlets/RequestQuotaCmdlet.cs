namespace KmsTools.Commands;

/// <summary>A cmdlet that switches the request quotas of a store.</summary>
public abstract class RequestQuotaCmdlet : KmsCmdlet
{
    private protected abstract bool Enabled { get; }

    private protected sealed override void Process()
    {
        if (ShouldProcess(Connection.Path, Enabled ? "Throttle calls that exceed request quotas" : "Throttle no calls"))
        {
            Engine.Quotas.SetRequestQuotasEnabled(Enabled, LocalCaller);
        }
    }
}
