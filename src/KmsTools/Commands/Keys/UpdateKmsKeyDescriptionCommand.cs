using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Changes the description of a KMS key.</summary>
/// <example>
/// <code>
/// Update-KmsKeyDescription 1234abcd-12ab-34cd-56ef-1234567890ab -Description 'Order data, since 2026'
/// </code>
/// <para>Sets the description.</para>
/// </example>
/// <example>
/// <code>
/// Update-KmsKeyDescription $id -Description ''
/// </code>
/// <para>Removes the description.</para>
/// </example>
[Cmdlet(VerbsData.Update, "KmsKeyDescription", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "UpdateKeyDescription.html")]
[OutputType("None")]
public sealed class UpdateKmsKeyDescriptionCommand : KeyChangeCmdlet<UpdateKeyDescriptionRequest, EmptyResponse>
{
    /// <summary>The new description, at most 8192 characters.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [AllowNull]
    [AllowEmptyString]
    public string? Description { get; set; }

    private protected override string Describe(string target) => $"Change the description of {target}";

    private protected override UpdateKeyDescriptionRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        Description = Description,
    };
}
