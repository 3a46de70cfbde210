using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that lists in pages whose size can be chosen.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class PagedListCmdlet<TRequest, TResponse> : KmsListCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>
    /// The number of entries that each call requests. All pages are returned in any case, unless -NoAutoIteration is given.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("MaxItems")]
    [ValueArgument(typeof(int))]
    public int? Limit { get; set; }
}
