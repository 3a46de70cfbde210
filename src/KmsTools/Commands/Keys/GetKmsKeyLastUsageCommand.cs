using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets when a KMS key was last used for a cryptographic operation.</summary>
/// <example>
/// <code>
/// Get-KmsKeyLastUsage 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Gets the last use of a key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsKeyLastUsage -Select KeyLastUsage.Timestamp
/// </code>
/// <para>Gets only the time at which each key was last used.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyLastUsage", HelpUri = HelpPages.Api + "GetKeyLastUsage.html")]
[OutputType(typeof(GetKeyLastUsageResponse))]
public sealed class GetKmsKeyLastUsageCommand : KeyQueryCmdlet<GetKeyLastUsageRequest, GetKeyLastUsageResponse>
{
    private protected override GetKeyLastUsageRequest CreateRequest() => new() { KeyId = KeyId };
}
