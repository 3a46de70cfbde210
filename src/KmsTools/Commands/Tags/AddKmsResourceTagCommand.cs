using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Adds tags to a KMS key, or changes the values of its tags.</summary>
/// <example>
/// <code>
/// Add-KmsResourceTag 1234abcd-12ab-34cd-56ef-1234567890ab -Tag @{ TagKey = 'Team'; TagValue = 'Orders' }
/// </code>
/// <para>Tags a key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Add-KmsResourceTag -Tag @{ TagKey = 'Stage'; TagValue = 'Test' }, @{ TagKey = 'Team'; TagValue = 'Orders' }
/// </code>
/// <para>Gives every key two tags.</para>
/// </example>
[Cmdlet(VerbsCommon.Add, "KmsResourceTag", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "TagResource.html")]
[OutputType("None")]
public sealed class AddKmsResourceTagCommand : KeyChangeCmdlet<TagResourceRequest, EmptyResponse>
{
    /// <summary>Tags, such as @{ TagKey = 'Team'; TagValue = 'Orders' }.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [Alias("Tags")]
    [TagArgument]
    public Tag[]? Tag { get; set; }

    private protected override string Describe(string target) =>
        $"Tag {target} with {string.Join(", ", (Tag ?? []).Select(static tag => $"{tag.TagKey} = '{tag.TagValue}'"))}";

    private protected override TagResourceRequest CreateRequest() => new() { KeyId = KeyId, Tags = Tag };
}
