using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Removes tags from a KMS key.</summary>
/// <example>
/// <code>
/// Remove-KmsResourceTag 1234abcd-12ab-34cd-56ef-1234567890ab -TagKey Team
/// </code>
/// <para>Removes a tag after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Remove-KmsResourceTag -TagKey Stage, Team -Force
/// </code>
/// <para>Removes two tags from every key that has them, without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsResourceTag", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Api + "UntagResource.html")]
[OutputType("None")]
public sealed class RemoveKmsResourceTagCommand : KeyChangeCmdlet<UntagResourceRequest, EmptyResponse>
{
    /// <summary>The keys of the tags. Those that the KMS key does not have are ignored.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [Alias("TagKeys")]
    [TagKeyArgument]
    [ArgumentCompleter(typeof(TagKeyCompleter))]
    public string[]? TagKey { get; set; }

    private protected override string Describe(string target) =>
        $"Remove from {target} the tags {string.Join(", ", TagKey ?? [])} with their values";

    private protected override UntagResourceRequest CreateRequest() => new() { KeyId = KeyId, TagKeys = TagKey };
}
