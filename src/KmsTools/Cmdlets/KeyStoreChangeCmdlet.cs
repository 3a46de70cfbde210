using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that changes one custom key store.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KeyStoreChangeCmdlet<TRequest, TResponse> : KmsChangeCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>The ID of the custom key store.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyStoreArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    private protected override object? Subject => CustomKeyStoreId;

    private protected override string ResolveTarget(TRequest request)
    {
        _ = Engine.Preview(request, Caller);
        return KeyStoreName.Of(Engine, CallRegion, CustomKeyStoreId!);
    }
}
