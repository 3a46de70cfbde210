using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the KMS keys of the account and Region.</summary>
/// <example>
/// <code>
/// Get-KmsKeyList
/// </code>
/// <para>Lists the ID and ARN of every key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList -Region eu-central-1 | Get-KmsKey
/// </code>
/// <para>Gets information about the keys in another Region.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyList", HelpUri = HelpPages.Api + "ListKeys.html")]
[Alias("Get-KMSKeys")]
[OutputType(typeof(KeyListEntry))]
public sealed class GetKmsKeyListCommand : PagedListCmdlet<ListKeysRequest, ListKeysResponse>
{
    private protected override string? DefaultSelect => nameof(ListKeysResponse.Keys);

    private protected override ListKeysRequest CreateRequest(string? marker) => new() { Limit = Limit, Marker = marker };

    private protected override string? NextMarker(ListKeysResponse response) => response.NextMarker;
}
