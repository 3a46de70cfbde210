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
    private const string ByNameSet = "ByName";
    private const string ByObjectSet = "ByObject";

    /// <summary>The alias. It begins with alias/.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByNameSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [AliasArgument(Except = nameof(AliasListEntry.AliasArn))]
    [ArgumentCompleter(typeof(AliasCompleter))]
    public string? AliasName { get; set; }

    /// <summary>
    /// The ARN of the alias, which an object in the pipeline has beside its name: an alias of another Region than that of the call is refused.
    /// </summary>
    [Parameter(ParameterSetName = ByNameSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? AliasArn { get; set; }

    /// <summary>The alias, as Get-KmsAliasList returns it. One of another Region than that of the call is refused.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByObjectSet, ValueFromPipeline = true)]
    [AliasEntryTransformation]
    [ValidateNotNull]
    public AliasListEntry? InputObject { get; set; }

    private protected override string? GivenAlias => AliasName;

    private protected override void Process()
    {
        if (InputObject is not null)
        {
            (AliasName, AliasArn) = (InputObject.AliasName, InputObject.AliasArn);
        }

        RequireRegionOf(AliasArn, AliasName);

        base.Process();
    }

    private protected override string Describe(string target) => $"Point {AliasName} to {target}";

    private protected override UpdateAliasRequest CreateRequest() => new()
    {
        AliasName = AliasName,
        TargetKeyId = TargetKeyId,
    };
}
