using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>A call about a part that exists.</summary>
/// <typeparam name="TResponse">The response type.</typeparam>
/// <param name="Part">The part.</param>
/// <param name="Make">Creates the request; receives the ID of the part.</param>
internal sealed record UpdateStep<TResponse>(EstatePart Part, Func<string, IKmsRequest<TResponse>> Make) : CallStep<TResponse>
    where TResponse : class
{
    /// <inheritdoc/>
    protected override IKmsRequest<TResponse> Request(EstateIds ids) => Make(ids[Part]);
}
