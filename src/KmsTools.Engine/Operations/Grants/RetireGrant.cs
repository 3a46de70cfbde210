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

    protected internal override IEnumerable<KeyTarget> Targets(RetireGrantRequest request, OperationContext context)
    {
        if (request.GrantToken is null)
        {
            return base.Targets(request, context);
        }

        (string keyId, string grantId) = GrantToken.Open(request.GrantToken, context);
        context.AdditionalEventData["grantId"] = grantId;
        return [new KeyTarget(context.State.FindKey(context.Region, keyId) ?? throw KmsErrors.InvalidGrantToken(), Name)];
    }

    protected internal override void Check(RetireGrantRequest request, OperationContext context) => Find(request, context);

    protected internal override EmptyResponse Handle(RetireGrantRequest request, OperationContext context)
    {
        Grant grant = Find(request, context);
        context.EndDryRun();
        context.Transaction.DeleteGrant(grant);
        return EmptyResponse.Instance;
    }

    private static Grant Find(RetireGrantRequest request, OperationContext context) => request.GrantToken is null
        ? GrantRules.Find(context, request.GrantId!)
        : context.State.FindGrant(context.Key.Region, context.Key.KeyId, context.AdditionalEventData["grantId"])
            ?? throw KmsErrors.InvalidGrantToken();
}
