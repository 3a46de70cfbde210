using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the names of the key policies of a KMS key. There is always exactly one: default.</summary>
/// <example>
/// <code>
/// Get-KmsKeyPolicyList 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Lists the names.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyPolicyList 1234abcd-12ab-34cd-56ef-1234567890ab | ForEach-Object { Get-KmsKeyPolicy 1234abcd-12ab-34cd-56ef-1234567890ab `
///     -PolicyName $_ }
/// </code>
/// <para>Gets every policy of a key.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyPolicyList", HelpUri = HelpPages.Api + "ListKeyPolicies.html")]
[Alias("Get-KMSKeyPolicies")]
[OutputType(typeof(string))]
public sealed class GetKmsKeyPolicyListCommand : KeyListCmdlet<ListKeyPoliciesRequest, ListKeyPoliciesResponse>
{
    private protected override string? DefaultSelect => nameof(ListKeyPoliciesResponse.PolicyNames);

    private protected override ListKeyPoliciesRequest CreateRequest(string? marker) =>
        new() { KeyId = KeyId, Limit = Limit, Marker = marker };

    private protected override string? NextMarker(ListKeyPoliciesResponse response) => response.NextMarker;
}
