using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Deletes a custom key store that is disconnected and has no keys. The cluster, its users and all objects in its HSMs are kept, and so are
/// the proxy of an external key store, its external keys and its VPC endpoint service. Source:
/// DeleteCustomKeyStore in the AWS KMS API.
/// </summary>
public sealed record DeleteCustomKeyStoreRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The store.</summary>
    [Member(Required = true, Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }
}

internal sealed class DeleteCustomKeyStore : Operation<DeleteCustomKeyStoreRequest, EmptyResponse>
{
    internal override bool HasCallerAccount => true;

    /// <inheritdoc/>
    public override bool AnswersWithObject => true;

    protected internal override void Check(DeleteCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        CustomKeyStoreRules.Describe(context, store);
        if (store.ConnectionState != ConnectionStateType.DISCONNECTED)
        {
            throw KmsErrors.CustomKeyStoreInvalidState(store, Name, ErrorCause.KeyStoreInUse);
        }

        if (context.State.CountKeysInStore(store.CustomKeyStoreId) is > 0 and var count)
        {
            throw KmsErrors.CustomKeyStoreHasKeys(store, count);
        }
    }

    protected internal override EmptyResponse Handle(DeleteCustomKeyStoreRequest request, OperationContext context)
    {
        context.Transaction.DeleteCustomKeyStore(context.Region, request.CustomKeyStoreId!);
        return EmptyResponse.Instance;
    }
}
