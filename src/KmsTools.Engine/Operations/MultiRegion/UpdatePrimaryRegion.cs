using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.KeyStates;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Makes a replica the primary and the primary a replica. Source: UpdatePrimaryRegion in the AWS KMS API. Neither key passes through
/// state Updating: the change is complete when the call returns.
/// </summary>
public sealed record UpdatePrimaryRegionRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN of the current primary.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The Region of the new primary, which must have a replica.</summary>
    [Member(Required = true, Min = 1, Max = 32, Pattern = @"^([a-z]+-){2,3}\d+$")]
    public string? PrimaryRegion { get; init; }
}

internal sealed class UpdatePrimaryRegion : Operation<UpdatePrimaryRegionRequest, EmptyResponse>
{
    internal override ConditionValues? Fact(
        UpdatePrimaryRegionRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.PrimaryRegion ? Facts.Of(request.PrimaryRegion) : null;

    internal override IEnumerable<Permission> Permissions(UpdatePrimaryRegionRequest request, OperationContext context)
    {
        ResolvedKey resolved = context.ResolveKey(request.KeyId!, KeyReferenceForms.IdOrArn);
        Key primary = resolved.Key;
        yield return OnKey(resolved);
        if (primary.MultiRegionKeyType != MultiRegionKeyType.PRIMARY)
        {
            throw KmsErrors.NotPrimary(primary);
        }

        if (request.PrimaryRegion == primary.Region)
        {
            throw KmsErrors.AlreadyPrimary(primary);
        }

        yield return OnKey(new ResolvedKey(context.State.FindKey(request.PrimaryRegion!, primary.KeyId)
            ?? throw KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(request.PrimaryRegion!, context.AccountId, primary.KeyId))));
    }

    protected internal override EmptyResponse Handle(UpdatePrimaryRegionRequest request, OperationContext context)
    {
        Key replica = context.Keys[1];
        context.Update(context.Key.Demote());
        Key promoted = replica.Promote();
        context.Transaction.UpdateKey(promoted);
        MultiRegionKeys.SettlePending(context.Transaction, promoted);

        using OperationContext there = context.InRegion(RegionName.Parse(replica.Region), this, request, promoted);
        context.Transaction.Append(AuditWriter.Answered(there, this, EmptyResponse.Instance));
        return EmptyResponse.Instance;
    }
}
