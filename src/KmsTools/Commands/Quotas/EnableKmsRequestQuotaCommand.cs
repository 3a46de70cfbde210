using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Switches the request quotas of the store on: calls that exceed them get ThrottlingException.</summary>
/// <remarks>
/// Requests are counted by the second of the real clock, over all processes on the store. In a new store request quotas are off.
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
/// <para>Lets a test suite meet throttling soon.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "KmsRequestQuota", SupportsShouldProcess = true)]
[OutputType("None")]
public sealed class EnableKmsRequestQuotaCommand : RequestQuotaCmdlet
{
    private protected override bool Enabled => true;
}
