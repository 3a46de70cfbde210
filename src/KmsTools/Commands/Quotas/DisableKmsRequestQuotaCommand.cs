using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Turns off the request quotas of the store: no call is throttled.</summary>
/// <example>
/// <code>
/// Disable-KmsRequestQuota
/// </code>
/// <para>Stops throttling.</para>
/// </example>
/// <example>
/// <code>
/// Disable-KmsRequestQuota -WhatIf
/// </code>
/// <para>Shows which store would stop throttling.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "KmsRequestQuota", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "limits.html")]
[OutputType("None")]
public sealed class DisableKmsRequestQuotaCommand : RequestQuotaCmdlet
{
    private protected override bool Enabled => false;
}
