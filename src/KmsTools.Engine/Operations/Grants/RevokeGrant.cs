using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Revokes the permissions of a grant. Source: RevokeGrant in the AWS KMS API.</summary>
public sealed record RevokeGrantRequest : IKmsRequest<EmptyResponse>, IDryRunRequest
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The ID of the grant.</summary>
    [Member(Required = true, Min = 1, Max = 128)]
    public string? GrantId { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

internal sealed class RevokeGrant : Operation<RevokeGrantRequest, EmptyResponse>
{
    protected internal override void Check(RevokeGrantRequest request, OperationContext context) =>
        GrantRules.Find(context, context.Key, request.GrantId!);

    internal override ConditionValues? Fact(RevokeGrantRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.GrantIsForAwsResource ? Facts.Of(false) : null;

    protected internal override EmptyResponse Handle(RevokeGrantRequest request, OperationContext context)
    {
        Grant grant = GrantRules.Find(context, context.Key, request.GrantId!);
        context.EndDryRun();
        context.Transaction.DeleteGrant(grant);
        return EmptyResponse.Instance;
    }
}
