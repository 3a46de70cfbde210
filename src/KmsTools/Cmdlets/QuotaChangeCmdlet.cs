using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>A cmdlet that changes one quota.</summary>
public abstract class QuotaChangeCmdlet : KmsCmdlet
{
    /// <summary>The name of the quota.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [QuotaArgument]
    [ArgumentCompleter(typeof(QuotaCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Returns the quota as it is then.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override object? Subject => Name;

    private protected sealed override void Process()
    {
        // The engine is case-sensitive about names; PowerShell is not.
        if (Engine.Quotas.List().FirstOrDefault(quota => quota.Name.Equals(Name, StringComparison.OrdinalIgnoreCase)) is { } quota)
        {
            Change(quota);
            if (PassThru)
            {
                WriteObject(Engine.Quotas.List().First(changed => changed.Name == quota.Name));
            }
        }
        else
        {
            Refuse(KmsErrorRecord.NoQuota(Engine, Name));
        }
    }

    private protected abstract void Change(Quota quota);
}
