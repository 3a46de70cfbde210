using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Connects a custom key store to its HSMs. Answers also when that fails: DescribeCustomKeyStores then shows FAILED and the error code.
/// Source: ConnectCustomKeyStore in the AWS KMS API.
/// </summary>
public sealed record ConnectCustomKeyStoreRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The store.</summary>
    [Member(Required = true, Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }
}

internal sealed class ConnectCustomKeyStore : Operation<ConnectCustomKeyStoreRequest, EmptyResponse>
{
    protected internal override void Prepare(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        if (store.ConnectionState == ConnectionStateType.DISCONNECTED
            && context.State.FindCluster(store.CloudHsmClusterId) is { } cluster
            && context.Engine.HsmClusters.Inspect(cluster).All(static hsm => hsm.State == HsmState.UNINITIALIZED))
        {
            // Found before anything is done: the store stays DISCONNECTED. All other faults end in FAILED.
            throw KmsErrors.ClusterNotActive(store.CloudHsmClusterId);
        }
    }

    protected internal override EmptyResponse Handle(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        CustomKeyStoreRules.Describe(context, store);
        switch (store.ConnectionState)
        {
            case ConnectionStateType.DISCONNECTED:
                context.Transaction.UpdateCustomKeyStore(store with
                {
                    ConnectionState = ConnectionStateType.CONNECTING,
                    ConnectionErrorCode = null,
                    ConnectionGeneration = store.ConnectionGeneration + 1,
                    ConnectStarted = context.Now,
                });
                break;
            case ConnectionStateType.CONNECTED or ConnectionStateType.CONNECTING:
                break;
            default:
                throw KmsErrors.CustomKeyStoreInvalidState(store, Name, $"Disconnect-KmsCustomKeyStore {store.CustomKeyStoreId} first.");
        }

        return EmptyResponse.Instance;
    }

    protected internal override void Conclude(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore? store;
        HsmCluster? cluster;
        using (IStateReader reader = context.Engine.Store.OpenReader())
        {
            store = reader.FindCustomKeyStore(context.Region, request.CustomKeyStoreId!);
            cluster = store is null ? null : reader.FindCluster(store.CloudHsmClusterId);
        }

        // A store that is CONNECTING because the process that connected it died is connected here as well.
        if (store is not { ConnectionState: ConnectionStateType.CONNECTING })
        {
            return;
        }

        ConnectionErrorCodeType? error = store.PasswordRefused ? ConnectionErrorCodeType.INVALID_CREDENTIALS : Connect(store, cluster, context);
        using IStateTransaction transaction = context.Engine.Store.BeginTransaction();
        CustomKeyStore? now = transaction.FindCustomKeyStore(context.Region, store.CustomKeyStoreId);
        if (now is { ConnectionState: ConnectionStateType.CONNECTING } && now.ConnectionGeneration == store.ConnectionGeneration)
        {
            transaction.UpdateCustomKeyStore(now with
            {
                ConnectionState = error is null ? ConnectionStateType.CONNECTED : ConnectionStateType.FAILED,
                ConnectionErrorCode = error,
                ConnectStarted = null,
                PasswordRefused = error == ConnectionErrorCodeType.INVALID_CREDENTIALS,
            });
            transaction.Commit();
        }
    }

    private static ConnectionErrorCodeType? Connect(CustomKeyStore store, HsmCluster? cluster, OperationContext context)
    {
        try
        {
            context.Engine.Hsms.Connect(store, cluster);
            return null;
        }
        catch (HsmException e)
        {
            return e.Failure switch
            {
                HsmFailure.ClusterNotFound => ConnectionErrorCodeType.CLUSTER_NOT_FOUND,
                HsmFailure.NoActiveHsm => ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS,
                HsmFailure.InvalidCredentials => ConnectionErrorCodeType.INVALID_CREDENTIALS,
                HsmFailure.UserLockedOut => ConnectionErrorCodeType.USER_LOCKED_OUT,
                HsmFailure.UserNotFound => ConnectionErrorCodeType.USER_NOT_FOUND,
                HsmFailure.UserLoggedIn => ConnectionErrorCodeType.USER_LOGGED_IN,
                HsmFailure.Unreachable => ConnectionErrorCodeType.NETWORK_ERRORS,
                _ => ConnectionErrorCodeType.INTERNAL_ERROR,
            };
        }
    }
}
