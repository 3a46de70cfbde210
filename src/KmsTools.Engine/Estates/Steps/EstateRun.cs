using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>One change that is being made, and what its steps work with.</summary>
/// <param name="Engine">The store.</param>
/// <param name="Ids">The IDs of the parts that exist. A step that creates a part adds its ID.</param>
/// <param name="Secrets">The secrets of the estate.</param>
/// <param name="Change">The change.</param>
/// <param name="Caller">Who makes the calls.</param>
internal sealed record EstateRun(KmsEngine Engine, EstateIds Ids, EstateSecrets Secrets, EstateChange Change, Caller Caller)
{
    /// <summary>Calls an operation, which sees what earlier steps changed whatever the consistency delay of the store.</summary>
    public TResponse Call<TResponse>(IKmsRequest<TResponse> request)
        where TResponse : class => Engine.ExecuteInPresent(request, Caller);
}
