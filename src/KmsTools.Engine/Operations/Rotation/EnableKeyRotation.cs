using KmsTools.Authorization;
using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Turns on automatic rotation, or changes its period. Source: EnableKeyRotation in the AWS KMS API.</summary>
public sealed record EnableKeyRotationRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN of a symmetric encryption key whose material KMS generated.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Days between rotations, 90-2560; 365 when absent.</summary>
    [Member(Min = 90, Max = 2560)]
    public int? RotationPeriodInDays { get; init; }
}

internal sealed class EnableKeyRotation : Operation<EnableKeyRotationRequest, EmptyResponse>
{
    internal const int DefaultPeriod = 365;

    internal override ConditionValues? Fact(
        EnableKeyRotationRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.RotationPeriodInDays ? Facts.Of(request.RotationPeriodInDays ?? DefaultPeriod) : null;

    protected internal override void Check(EnableKeyRotationRequest request, OperationContext context)
    {
        RotationRules.RequireSymmetric(context.Key);
        RotationRules.RequireNoReplica(context.Key);
    }

    protected internal override EmptyResponse Handle(EnableKeyRotationRequest request, OperationContext context)
    {
        MultiRegionKeys.Change(context, key => key.EnableRotation(request.RotationPeriodInDays ?? DefaultPeriod, context.Now));
        return EmptyResponse.Instance;
    }
}
