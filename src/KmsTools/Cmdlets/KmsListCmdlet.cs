using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that lists, page by page.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KmsListCmdlet<TRequest, TResponse> : KmsOperationCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>Where to start: the NextMarker of the previous response. Only that page is returned.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("NextToken")]
    [TextTransformation]
    public string? Marker { get; set; }

    /// <summary>Returns only one page. NextMarker, with -Select '*', marks the start of the next page.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter NoAutoIteration { get; set; }

    /// <summary>The request for one page.</summary>
    private protected abstract TRequest CreateRequest(string? marker);

    private protected abstract string? NextMarker(TResponse response);

    private protected sealed override TRequest CreateRequest() => CreateRequest(Marker);

    private protected sealed override void Call(TRequest request, Selection? selection)
    {
        bool onePage = NoAutoIteration || IsBound(nameof(Marker));
        TResponse response;
        while (true)
        {
            response = Execute(request);
            if (selection is { IsParameter: false })
            {
                Write(selection, response);
            }

            if (onePage || Stopping || string.IsNullOrEmpty(NextMarker(response)))
            {
                break;
            }

            request = CreateRequest(NextMarker(response));
        }

        if (selection is { IsParameter: true })
        {
            Write(selection, response);
        }
    }
}
