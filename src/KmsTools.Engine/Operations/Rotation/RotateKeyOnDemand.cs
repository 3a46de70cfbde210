using System.Text.Json;
using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Rotates a key at once. Source: RotateKeyOnDemand in the AWS KMS API.</summary>
public sealed record RotateKeyOnDemandRequest : IKmsRequest<RotateKeyOnDemandResponse>
{
    /// <summary>Key ID or key ARN of a symmetric encryption key; one with imported material needs material that is pending rotation.</summary>
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
    protected internal override RotateKeyOnDemandResponse Handle(RotateKeyOnDemandRequest request, OperationContext context)
    {
        Key key = context.Key;
        RotationRules.RequireSymmetric(key);
        if (key.Materials.Count(static material => material.RotationType == RotationType.ON_DEMAND) >= RotationRules.MaxOnDemand)
        {
            throw KmsErrors.OnDemandRotationLimit(key);
        }

        if (key.Rotation is { } rotation && rotation.NextRotationDate - context.Now < RotationRules.Guard)
        {
            throw KmsErrors.Conflict($"The automatic rotation of {key.Arn} is due within {RotationRules.Guard.TotalMinutes:0} minutes.");
        }

        KeyMaterial material = key.Origin == OriginType.EXTERNAL
            ? key.PendingMaterial ?? throw KmsErrors.NoMaterialPendingRotation(key)
            : context.Engine.Software.Generate(key.Region, key.KeyId, context.Now);
        context.Transaction.Append(DueWork.RotationEvent(key, material, RotationType.ON_DEMAND, context.Now));
        return new RotateKeyOnDemandResponse { KeyId = context.Update(key.Rotate(material, RotationType.ON_DEMAND, context.Now)).Arn };
    }

    protected internal override void WriteResponseElements(Utf8JsonWriter writer, RotateKeyOnDemandResponse response)
    {
        writer.WriteStartObject();
        writer.WriteString("keyId", response.KeyId);
        writer.WriteEndObject();
    }
}
