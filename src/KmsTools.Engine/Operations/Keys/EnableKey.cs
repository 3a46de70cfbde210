using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Enables a key so that it can be used again. Source: EnableKey in the AWS KMS API.</summary>
public sealed record EnableKeyRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

internal sealed class EnableKey : Operation<EnableKeyRequest, EmptyResponse>
{
    protected internal override EmptyResponse Handle(EnableKeyRequest request, OperationContext context)
    {
        context.Update(context.Key.Enable(context.Now));
        return EmptyResponse.Instance;
    }
}
