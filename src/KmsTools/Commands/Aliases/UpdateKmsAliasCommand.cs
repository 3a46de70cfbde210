using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Associates an alias with another KMS key.</summary>
/// <example>
/// <code>
/// Update-KmsAlias -AliasName alias/orders -TargetKeyId 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Points the alias to another key of the same type.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsKey | ForEach-Object { Update-KmsAlias -AliasName alias/orders $_.KeyId }
/// </code>
/// <para>Rotates manually: new data is encrypted with the new key; old data is still decrypted with the old key.</para>
/// </example>
[Cmdlet(
    VerbsData.Update, "KmsAlias", SupportsShouldProcess = true, DefaultParameterSetName = ByNameSet,
    HelpUri = HelpPages.Api + "UpdateAlias.html")]
[OutputType("None")]
public sealed class UpdateKmsAliasCommand : AliasTargetCmdlet<UpdateAliasRequest>
{
    /// <summary>The alias. It begins with alias/.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByNameSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [AliasArgument(Except = nameof(AliasListEntry.AliasArn))]
    [ArgumentCompleter(typeof(AliasCompleter))]
    public string? AliasName { get; set; }

    private protected override string? GivenAlias
    {
        get => AliasName;
        set => AliasName = value;
    }

    private protected override string Describe(string target) => $"Point {AliasName} to {target}";

    private protected override UpdateAliasRequest CreateRequest() => new()
    {
        AliasName = AliasName,
        TargetKeyId = TargetKeyId,
    };
}
