using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Turns off automatic rotation; all materials are kept. Source: DisableKeyRotation in the AWS KMS API.</summary>
public sealed record DisableKeyRotationRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

internal sealed class DisableKeyRotation : Operation<DisableKeyRotationRequest, EmptyResponse>
{
    // Keys that cannot rotate are accepted as well, replicas too: there is nothing to turn off.
    protected internal override void Check(DisableKeyRotationRequest request, OperationContext context)
    {
        if (context.Key.KeySpec.IsSymmetricEncryption)
        {
            RotationRules.RequireNoReplica(context.Key);
        }
    }

    protected internal override EmptyResponse Handle(DisableKeyRotationRequest request, OperationContext context)
    {
        MultiRegionKeys.Change(context, static key => key.DisableRotation());
        return EmptyResponse.Instance;
    }
}
