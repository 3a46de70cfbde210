using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Turns on the request quotas of the store: calls that exceed them fail with ThrottlingException.</summary>
/// <remarks>
/// Requests are counted per second of the real clock, across all processes that use the store. In a new store request quotas are off.
/// </remarks>
/// <example>
/// <code>
/// Enable-KmsRequestQuota
/// </code>
/// <para>Throttles calls as AWS KMS does by default.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsQuota SymmetricRequests -Value 5
/// Enable-KmsRequestQuota
/// </code>
/// <para>Makes a test suite encounter throttling early.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "KmsRequestQuota", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "limits.html")]
[OutputType("None")]
public sealed class EnableKmsRequestQuotaCommand : RequestQuotaCmdlet
{
    private protected override bool Enabled => true;
}
