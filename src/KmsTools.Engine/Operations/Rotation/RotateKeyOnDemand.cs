using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Rotates a key immediately. Source: RotateKeyOnDemand in the AWS KMS API.</summary>
public sealed record RotateKeyOnDemandRequest : IKmsRequest<RotateKeyOnDemandResponse>
{
    /// <summary>
    /// Key ID or key ARN of a symmetric encryption key; one with imported material needs material that is pending rotation.
    /// </summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

/// <summary>The rotated key.</summary>
public sealed record RotateKeyOnDemandResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }
}

internal sealed class RotateKeyOnDemand : Operation<RotateKeyOnDemandRequest, RotateKeyOnDemandResponse>
{
    protected internal override void Check(RotateKeyOnDemandRequest request, OperationContext context)
    {
        Key key = context.Key;
        RotationRules.RequireSymmetric(key);
        RotationRules.RequireNoReplica(key);
        if (key.Materials.Count(static material => material.RotationType == RotationType.ON_DEMAND) >= context.Quotas[
            QuotaName.OnDemandRotationsPerKey])
        {
            throw KmsErrors.OnDemandRotationLimit(key);
        }

        if (key.Rotation is { } rotation && rotation.NextRotationDate - context.Now < RotationRules.Guard)
        {
            throw KmsErrors.RotationDue(key, RotationRules.Guard);
        }

        if (key.Origin == OriginType.EXTERNAL && key.PendingMaterial is not { State: KeyMaterialState.PENDING_ROTATION })
        {
            throw KmsErrors.NoMaterialPendingRotation(key);
        }
    }

    protected internal override RotateKeyOnDemandResponse Handle(RotateKeyOnDemandRequest request, OperationContext context)
    {
        Key key = context.Key;
        MultiRegionKeys.Rotate(context.Transaction, context.Services.Software, key, RotationType.ON_DEMAND, context.Now);
        return new RotateKeyOnDemandResponse { KeyId = key.Arn };
    }
}
