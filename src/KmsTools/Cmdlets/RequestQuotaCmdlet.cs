namespace KmsTools.Commands;

/// <summary>A cmdlet that turns the request quotas of a store on or off.</summary>
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
