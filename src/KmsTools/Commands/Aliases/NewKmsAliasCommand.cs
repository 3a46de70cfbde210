using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Creates an alias for a KMS key.</summary>
/// <example>
/// <code>
/// New-KmsAlias -AliasName alias/orders -TargetKeyId 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Creates an alias for a key.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsKey -Description 'Orders' | ForEach-Object { New-KmsAlias -AliasName alias/orders $_.KeyId }
/// </code>
/// <para>Creates a key with an alias.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsAlias", SupportsShouldProcess = true, DefaultParameterSetName = ByNameSet,
    HelpUri = HelpPages.Api + "CreateAlias.html")]
[OutputType("None")]
public sealed class NewKmsAliasCommand : AliasTargetCmdlet<CreateAliasRequest>
{
    /// <summary>The new alias. It begins with alias/.</summary>
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

    private protected override string Describe(string target) => $"Give {target} the alias {AliasName}";

    private protected override CreateAliasRequest CreateRequest() => new()
    {
        AliasName = AliasName,
        TargetKeyId = TargetKeyId,
    };
}
