using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Resets a quota of the store to the default value of AWS KMS.</summary>
/// <example>
/// <code>
/// Reset-KmsQuota GrantsPerKey
/// </code>
/// <para>Resets one quota.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsQuota | Where-Object { $_.Value -ne $_.DefaultValue } | Reset-KmsQuota
/// </code>
/// <para>Resets all quotas that were changed.</para>
/// </example>
[Cmdlet(VerbsCommon.Reset, "KmsQuota", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "limits.html")]
[OutputType(typeof(Quota))]
public sealed class ResetKmsQuotaCommand : QuotaChangeCmdlet
{
    private protected override void Change(Quota quota)
    {
        if (ConfirmAction($"Reset the quota {quota.Name} to {quota.DefaultValue}, from {quota.Value}"))
        {
            Engine.Quotas.Reset(quota.Name, LocalCaller);
        }
    }
}
