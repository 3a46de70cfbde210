using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
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
}
