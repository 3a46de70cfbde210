using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that generates a symmetric data key.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class SymmetricDataKeyCmdlet<TRequest, TResponse> : DataKeyCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>The length by name. Either this or -NumberOfBytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(DataKeySpec))]
    [ArgumentCompleter(typeof(EnumCompleter<DataKeySpec>))]
    public string? KeySpec { get; set; }

    /// <summary>The length in bytes, 1 to 1024. Either this or -KeySpec.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? NumberOfBytes { get; set; }

    private protected override string Describe(string target) => $"Make a data key with {target}";
}
