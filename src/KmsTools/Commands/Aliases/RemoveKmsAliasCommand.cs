using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Deletes an alias. Its KMS key stays.</summary>
/// <example>
/// <code>
/// Remove-KmsAlias alias/orders
/// </code>
/// <para>Deletes the alias after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsAliasList | Where-Object AliasName -like 'alias/test/*' | Remove-KmsAlias -Force
/// </code>
/// <para>Deletes several aliases without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsAlias", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ByNameSet,
    HelpUri = HelpPages.Api + "DeleteAlias.html")]
[OutputType("None")]
public sealed class RemoveKmsAliasCommand : KmsChangeCmdlet<DeleteAliasRequest, EmptyResponse>
{
    private const string ByNameSet = "ByName";
    private const string ByObjectSet = "ByObject";

    /// <summary>The alias. It begins with alias/.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = ByNameSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
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
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByObjectSet, ValueFromPipeline = true)]
    [AliasEntryTransformation]
    [ValidateNotNull]
    public AliasListEntry? InputObject { get; set; }

    private protected override object? Subject => AliasName;

    private protected override void Process()
    {
        if (InputObject is not null)
        {
            (AliasName, AliasArn) = (InputObject.AliasName, InputObject.AliasArn);
        }

        RequireRegionOf(AliasArn, AliasName);

        base.Process();
    }

    private protected override string Describe(string target) => $"Remove {AliasName}, which names {target}: calls that use the alias fail";

    private protected override string? HintOfParameters(KmsException error) =>
        AliasName is not { Length: > 0 } alias || Identifiers.AliasName.HasPrefix(alias) ? null
            : KeyArn.NamesKey(alias) ? $"Get-KmsAliasList {alias} | Remove-KmsAlias"
            : $"Write {Identifiers.AliasName.Prefix}{alias}.";

    private protected override DeleteAliasRequest CreateRequest() => new() { AliasName = AliasName };
}
