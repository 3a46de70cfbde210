using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Deletes imported key material. The KMS key stays, and cannot be used until the same material is imported again.</summary>
/// <example>
/// <code>
/// Remove-KmsImportedKeyMaterial 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Deletes the current material after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyRotation $id -IncludeKeyMaterial ALL_KEY_MATERIAL | Remove-KmsImportedKeyMaterial -WhatIf
/// </code>
/// <para>Shows what would be deleted for every material of a key.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsImportedKeyMaterial", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Api + "DeleteImportedKeyMaterial.html")]
[OutputType(typeof(DeleteImportedKeyMaterialResponse))]
public sealed class RemoveKmsImportedKeyMaterialCommand
    : KeyChangeCmdlet<DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse>
{
    /// <summary>The material. The default is the current one; $null is refused.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyMaterialArgument]
    [ArgumentCompleter(typeof(KeyMaterialCompleter))]
    public string? KeyMaterialId { get; set; }

    private protected override void Process()
    {
        // A look-up that found nothing would delete the current material.
        if (KeyMaterialId is null && MyInvocation.BoundParameters.ContainsKey(nameof(KeyMaterialId)))
        {
            throw new ArgumentException("-KeyMaterialId is $null. Leave it out to delete the current key material.");
        }

        base.Process();
    }

    private protected override string Describe(string target) =>
        $"Delete {(KeyMaterialId is null ? "the current key material" : $"key material {KeyMaterialId}")} of {target}"
            + (FindKey(CreateRequest()) is { } key ? $": {Engine.FindMaterialLoss(key, KeyMaterialId)}" : "");

    private protected override DeleteImportedKeyMaterialRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        KeyMaterialId = KeyMaterialId,
    };
}
