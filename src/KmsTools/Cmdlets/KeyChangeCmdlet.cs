using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that changes or uses one key.</summary>
/// <remarks>
/// The base classes of cmdlets come in pairs and threes with equal parameters: one with -Force, of cmdlets that change something, and those
/// without. A class has one base class, and a parameter is a property with attributes, so they cannot share them.
/// </remarks>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KeyChangeCmdlet<TRequest, TResponse> : KmsChangeCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>The key: its ID or ARN and, where the operation accepts one, its alias.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    private protected override object? Subject => KeyId;
}
