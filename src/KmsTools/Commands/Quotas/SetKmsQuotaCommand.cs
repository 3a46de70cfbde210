using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Sets a quota of the store, in all Regions.</summary>
/// <example>
/// <code>
/// Set-KmsQuota GrantsPerKey -Value 3
/// </code>
/// <para>Allows three grants per key, to see what happens at the fourth.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsQuota DescribeKey -Value 2
/// Enable-KmsRequestQuota
/// </code>
/// <para>Throttles DescribeKey at the third call within one second.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsQuota", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "limits.html")]
[OutputType(typeof(Quota))]
public sealed class SetKmsQuotaCommand : QuotaChangeCmdlet
{
    /// <summary>The new value, 0 or more.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0L, long.MaxValue)]
    public long Value { get; set; }

    private protected override void Change(Quota quota)
    {
        if (ConfirmAction($"Set the quota {quota.Name} to {Value}, from {quota.Value}"))
        {
            Engine.Quotas.Set(quota.Name, Value, LocalCaller);
        }
    }
}
