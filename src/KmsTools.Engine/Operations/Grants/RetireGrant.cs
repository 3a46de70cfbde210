using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Retires a grant that is no longer needed. Source: RetireGrant in the AWS KMS API.</summary>
public sealed record RetireGrantRequest : IKmsRequest<EmptyResponse>, IDryRunRequest
{
    /// <summary>A grant token that identifies the grant; required unless key and grant ID are given.</summary>
    [Member(Min = 1, Max = 8192, Sensitive = true)]
    public string? GrantToken { get; init; }

    /// <summary>Key ID or key ARN, with <see cref="GrantId"/>.</summary>
    [Member(Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn, Unlogged = true)]
    public string? KeyId { get; init; }

    /// <summary>The ID of the grant, with <see cref="KeyId"/>.</summary>
    [Member(Min = 1, Max = 128, Unlogged = true)]
    public string? GrantId { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member(Unlogged = true)]
    public bool? DryRun { get; init; }
}

internal sealed class RetireGrant : Operation<RetireGrantRequest, EmptyResponse>
{
    protected internal override void Validate(RetireGrantRequest request, OperationContext context)
    {
        if (request is not ({ GrantToken: not null, KeyId: null, GrantId: null }
            or { GrantToken: null, KeyId: not null, GrantId: not null }))
        {
            throw KmsErrors.Validation("You must specify either a GrantToken, or both a KeyId and a GrantId.");
        }

        if (request.GrantId is { } grantId)
        {
            context.AdditionalEventData["grantId"] = grantId;
        }
    }

    internal override IEnumerable<Permission> Permissions(RetireGrantRequest request, OperationContext context)
    {
        Key key = FindKey(request, context);
        yield return new Permission(Name, key.Arn, AccessRule.Retirement, key) { Grant = Find(request, key, context) };
    }

    internal override IReadOnlyDictionary<string, string>? ContextOf(RetireGrantRequest request, Permission permission) =>
        GrantRules.ContextOf(permission.Grant!.Constraints);

    internal override ConditionValues? Fact(RetireGrantRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.GrantConstraintType ? Facts.Of(GrantRules.ConstraintType(permission.Grant!.Constraints)) : null;

    protected internal override EmptyResponse Handle(RetireGrantRequest request, OperationContext context)
    {
        Grant grant = Find(request, context.Key, context);
        context.EndDryRun();
        context.Transaction.DeleteGrant(grant);
        return EmptyResponse.Instance;
    }

    private static Key FindKey(RetireGrantRequest request, OperationContext context)
    {
        if (request.GrantToken is null)
        {
            return context.ResolveKey(request.KeyId!, KeyReferenceForms.IdOrArn).Key;
        }

        (string keyId, string grantId) = GrantToken.Open(request.GrantToken, context);
        context.AdditionalEventData["grantId"] = grantId;
        return context.State.FindKey(context.Region, keyId) ?? throw KmsErrors.InvalidGrantToken();
    }

    private static Grant Find(RetireGrantRequest request, Key key, OperationContext context) => request.GrantToken is null
        ? GrantRules.Find(context, key, request.GrantId!)
        : context.State.FindGrant(key.Region, key.KeyId, context.AdditionalEventData["grantId"]) ?? throw KmsErrors.InvalidGrantToken();
}
