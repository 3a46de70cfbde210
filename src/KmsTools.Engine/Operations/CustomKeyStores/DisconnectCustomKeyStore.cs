using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Disconnects a custom key store: its keys become Unavailable immediately, except those that are pending deletion. Source:
/// DisconnectCustomKeyStore in the AWS KMS API.
/// </summary>
public sealed record DisconnectCustomKeyStoreRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The store.</summary>
    [Member(Required = true, Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }
}

internal sealed class DisconnectCustomKeyStore : Operation<DisconnectCustomKeyStoreRequest, EmptyResponse>
{
    internal override bool HasCallerAccount => true;

    /// <inheritdoc/>
    public override bool AnswersWithObject => true;

    protected internal override void Check(DisconnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        CustomKeyStoreRules.Describe(context, store);
        if (store.ConnectionState is ConnectionStateType.DISCONNECTED or ConnectionStateType.DISCONNECTING)
        {
            throw KmsErrors.CustomKeyStoreInvalidState(store, Name, ErrorCause.KeyStoreDisconnected);
        }
    }

    protected internal override EmptyResponse Handle(DisconnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        context.Transaction.UpdateCustomKeyStore(store with
        {
            ConnectionState = ConnectionStateType.DISCONNECTED,
            ConnectionErrorCode = null,
            ConnectionGeneration = store.ConnectionGeneration + 1,
            ConnectStarted = null,
        });
        return EmptyResponse.Instance;
    }

    protected internal override void Conclude(DisconnectCustomKeyStoreRequest request, OperationContext context)
    {
        using IStateReader reader = context.Services.Store.OpenReader();
        CustomKeyStore? store = reader.FindCustomKeyStore(context.Region, request.CustomKeyStoreId!);
        context.Services.Proxies.Disconnect(request.CustomKeyStoreId!);
        context.Services.Hsms.Disconnect(request.CustomKeyStoreId!, store?.ConnectionGeneration ?? long.MaxValue);
    }
}
