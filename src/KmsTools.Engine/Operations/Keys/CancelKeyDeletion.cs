using KmsTools.KeyStates;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Cancels the scheduled deletion of a key, which is disabled afterwards; one that lacks imported material is pending import. Source:
/// CancelKeyDeletion in the AWS KMS API.
/// </summary>
public sealed record CancelKeyDeletionRequest : IKmsRequest<CancelKeyDeletionResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

/// <summary>The key whose deletion is cancelled.</summary>
public sealed record CancelKeyDeletionResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }
}

internal sealed class CancelKeyDeletion : Operation<CancelKeyDeletionRequest, CancelKeyDeletionResponse>
{
    protected internal override void Check(CancelKeyDeletionRequest request, OperationContext context)
    {
        if (context.Key.IsDeletionHeld)
        {
            throw KmsErrors.DeletionHeld(context.Key);
        }
    }

    protected internal override CancelKeyDeletionResponse Handle(CancelKeyDeletionRequest request, OperationContext context) =>
        new() { KeyId = context.Update(context.Key.CancelDeletion()).Arn };
}
