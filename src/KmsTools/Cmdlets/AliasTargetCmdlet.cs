using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that associates an alias with a key.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
public abstract class AliasTargetCmdlet<TRequest> : KmsChangeCmdlet<TRequest, EmptyResponse>
    where TRequest : class, IKmsRequest<EmptyResponse>
{
    private protected const string ByNameSet = "ByName";
    private protected const string ByObjectSet = "ByObject";

    /// <summary>The key: its key ID or key ARN.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? TargetKeyId { get; set; }

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

    private protected override object? Subject => TargetKeyId;

    /// <summary>The alias, as the user gave it.</summary>
    private protected abstract string? GivenAlias { get; set; }

    private protected sealed override void Process()
    {
        if (InputObject is not null)
        {
            (GivenAlias, AliasArn) = (InputObject.AliasName, InputObject.AliasArn);
        }

        RequireRegionOf(AliasArn, GivenAlias);

        base.Process();
    }

    private protected override string? HintOfParameters(KmsException error)
    {
        if (GivenAlias is not { Length: > 0 } alias || AliasName.HasPrefix(alias))
        {
            return null;
        }

        string prefixed = AliasName.HasPrefix(TargetKeyId) ? TargetKeyId : AliasName.Prefix + TargetKeyId;
        return KeyArn.NamesKey(alias) || AliasName.HasPrefix(TargetKeyId) ? $"{MyInvocation.MyCommand.Name} {alias} {prefixed}"
            : error.ErrorCode == "ValidationException" ? $"Write {AliasName.Prefix}{alias}."
            : null;
    }
}
