using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Lists the tags of a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsResourceTag 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Lists the tags of a key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Where-Object { 'Orders' -in ($_ | Get-KmsResourceTag | Where-Object TagKey -eq Team).TagValue }
/// </code>
/// <para>Finds the keys of a team.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsResourceTag", HelpUri = HelpPages.Api + "ListResourceTags.html")]
[OutputType(typeof(Tag))]
public sealed class GetKmsResourceTagCommand : KeyListCmdlet<ListResourceTagsRequest, ListResourceTagsResponse>
{
    private protected override string? DefaultSelect => nameof(ListResourceTagsResponse.Tags);

    private protected override ListResourceTagsRequest CreateRequest(string? marker) =>
        new() { KeyId = KeyId, Limit = Limit, Marker = marker };

    private protected override string? NextMarker(ListResourceTagsResponse response) => response.NextMarker;
}
