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
    /// <summary>The key: its key ID or key ARN.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? TargetKeyId { get; set; }

    private protected override object? Subject => TargetKeyId;

    /// <summary>The alias, as the user gave it.</summary>
    private protected abstract string? GivenAlias { get; }

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
