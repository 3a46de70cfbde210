using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>A cmdlet that ends a grant.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
public abstract class GrantEndCmdlet<TRequest> : KmsChangeCmdlet<TRequest, EmptyResponse>
    where TRequest : class, IKmsRequest<EmptyResponse>
{
    private protected const string ByIdSet = "ById";
    private protected const string ByObjectSet = "ByObject";

    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    /// <summary>The ID of the grant; null when a grant token names it.</summary>
    private protected abstract string? EndedGrantId { get; }

    private protected sealed override string ResolveTarget(TRequest request)
    {
        string target = base.ResolveTarget(request);
        return EndedGrantId is null ? $"the grant of the grant token on {target}" : $"grant {EndedGrantId} on {target}{Loss(request)}";
    }

    private string Loss(TRequest request)
    {
        Key key = Engine.Preview(request, Caller)[0].Key;
        using IStateReader state = Engine.OpenReader();
        return state.FindGrant(key.Region, key.KeyId, EndedGrantId!) is { } grant
            ? $": {grant.Grantee.Name} loses {string.Join(", ", grant.Operations)}"
            : "";
    }
}
