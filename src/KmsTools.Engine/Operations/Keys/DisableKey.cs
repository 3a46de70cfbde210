using KmsTools.Authorization;
using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Disables a key: it cannot be used until it is enabled again. Source: DisableKey in the AWS KMS API.</summary>
public sealed record DisableKeyRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

internal sealed class DisableKey : Operation<DisableKeyRequest, EmptyResponse>
{
    internal override ConditionValues? Fact(DisableKeyRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.TrailingDaysWithoutKeyUsage ? Facts.Of(GetKeyLastUsage.DaysWithoutUse(permission.Key!, context)) : null;

    protected internal override EmptyResponse Handle(DisableKeyRequest request, OperationContext context)
    {
        context.Update(context.Key.Disable());
        return EmptyResponse.Instance;
    }
}
