using KmsTools.Operations;
using KmsTools.Validation;

namespace KmsTools.Estates;

/// <summary>A call of one operation, whose request can be checked beforehand.</summary>
/// <typeparam name="TResponse">The response type.</typeparam>
internal abstract record CallStep<TResponse> : EstateStep
    where TResponse : class
{
    /// <inheritdoc/>
    public sealed override void Check(EstateIds ids)
    {
        IKmsRequest<TResponse> request = Request(ids);
        RequestShape.Of(request.GetType()).Validate(request);
    }

    /// <inheritdoc/>
    public sealed override void Apply(EstateRun run) => Note(run.Call(Request(run.Ids)), run.Ids);

    /// <summary>The request.</summary>
    protected abstract IKmsRequest<TResponse> Request(EstateIds ids);

    /// <summary>Takes from the response the ID of a part that was created.</summary>
    protected virtual void Note(TResponse response, EstateIds ids)
    {
    }
}
