using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Connects a custom key store to its HSMs or to its external key store proxy. Returns normally even when connecting fails: DescribeCustomKeyStores then shows FAILED and
/// the error code. Source: ConnectCustomKeyStore in the AWS KMS API.
/// </summary>
public sealed record ConnectCustomKeyStoreRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The store.</summary>
    [Member(Required = true, Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }
}

internal sealed class ConnectCustomKeyStore : Operation<ConnectCustomKeyStoreRequest, EmptyResponse>
{
    protected internal override bool Prepares => true;

    internal override bool HasCallerAccount => true;

    /// <inheritdoc/>
    public override bool AnswersWithObject => true;

    protected internal override void Prepare(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        if (!store.IsExternal && store.ConnectionState == ConnectionStateType.DISCONNECTED
            && context.State.FindCluster(store.HsmClusterId) is { Tokens.IsEmpty: false } cluster
            && context.Services.Clusters.Inspect(cluster).All(static hsm => hsm.State == HsmState.UNINITIALIZED))
        {
            // Detected before anything is done: the store stays DISCONNECTED. All other failures end in FAILED.
            throw KmsErrors.ClusterNotActive(store.HsmClusterId);
        }
    }

    protected internal override void Check(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        CustomKeyStoreRules.Describe(context, store);
        if (store
            .ConnectionState is not (ConnectionStateType.DISCONNECTED or ConnectionStateType.CONNECTED or ConnectionStateType.CONNECTING))
        {
            throw KmsErrors.CustomKeyStoreInvalidState(store, Name, ErrorCause.KeyStoreNotDisconnected);
        }
    }

    protected internal override EmptyResponse Handle(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        if (store.ConnectionState == ConnectionStateType.DISCONNECTED)
        {
            context.Transaction.UpdateCustomKeyStore(store with
            {
                ConnectionState = ConnectionStateType.CONNECTING,
                ConnectionErrorCode = null,
                ConnectionGeneration = store.ConnectionGeneration + 1,
                ConnectStarted = context.Now,
            });
        }

        return EmptyResponse.Instance;
    }

    protected internal override void Conclude(ConnectCustomKeyStoreRequest request, OperationContext context)
    {
        // A call that arrives while another process is connecting the store waits for the outcome. A store that is CONNECTING because
        // the process that was connecting it died is connected here as well.
        using IDisposable held = StoreLock.EnterKeyStore(context.Services.Store, request.CustomKeyStoreId!);
        while (Find(request, context, out HsmCluster? cluster) is { ConnectionState: ConnectionStateType.CONNECTING } store)
        {
            bool isConnecting;
            if (store.IsExternal)
            {
                CustomKeyStore seen = ExternalKeyStoreConnecting.TryConnect(context, store, out ConnectionErrorCodeType? fault);
                if (!TryEnd(seen, fault, context))
                {
                    context.Services.Proxies.Disconnect(store.CustomKeyStoreId);
                }

                continue;
            }

            using (HsmLease lease = TryConnect(store, cluster, context, out ConnectionErrorCodeType? error))
            {
                isConnecting = TryEnd(store, error, context);
                if (isConnecting && error is null)
                {
                    WarnOfLeaks(context, lease.Connection);
                    HsmSynchronizer.Complete(context, store, cluster!, lease.Connection);
                }
            }

            if (!isConnecting)
            {
                // Disconnected in the meantime, and perhaps connected again.
                context.Services.Hsms.Disconnect(store.CustomKeyStoreId, store.ConnectionGeneration);
            }
        }
    }

    private static void WarnOfLeaks(OperationContext context, IHsmConnection connection)
    {
        try
        {
            if (connection.TryKeeping() is { } leak)
            {
                context.Observer.Warn(leak);
            }
        }
        catch (HsmException)
        {
            // Disconnected in the meantime.
        }
    }

    private static CustomKeyStore? Find(ConnectCustomKeyStoreRequest request, OperationContext context, out HsmCluster? cluster)
    {
        using IStateReader reader = context.Services.Store.OpenReader();
        CustomKeyStore? store = reader.FindCustomKeyStore(context.Region, request.CustomKeyStoreId!);
        cluster = store?.CloudHsmClusterId is { } clusterId ? reader.FindCluster(clusterId) : null;
        return store;
    }

    private static bool TryEnd(CustomKeyStore store, ConnectionErrorCodeType? error, OperationContext context)
    {
        using IStateTransaction transaction = context.Services.Store.BeginTransaction();
        CustomKeyStore? now = transaction.FindCustomKeyStore(context.Region, store.CustomKeyStoreId);
        if (now is not { ConnectionState: ConnectionStateType.CONNECTING } || now.ConnectionGeneration != store.ConnectionGeneration)
        {
            return false;
        }

        transaction.UpdateCustomKeyStore(now with
        {
            ConnectionState = error is null ? ConnectionStateType.CONNECTED : ConnectionStateType.FAILED,
            ConnectionErrorCode = error,
            ConnectStarted = null,
            PasswordRefused = !now.IsExternal && error == ConnectionErrorCodeType.INVALID_CREDENTIALS,
            Proxy = now.Proxy is { } proxy
                ? proxy with { CertificateName = store.Proxy!.CertificateName, CertificateNotAfter = store.Proxy.CertificateNotAfter }
                : null,
        });
        transaction.Commit();
        return true;
    }

    private static HsmLease TryConnect(
        CustomKeyStore store, HsmCluster? cluster, OperationContext context, out ConnectionErrorCodeType? error)
    {
        HsmLease lease = default;
        try
        {
            if (context.Services.Hsms.AreRefused(store, cluster))
            {
                throw new HsmException(HsmFailure.InvalidCredentials, HsmConnections.Refused);
            }

            if (cluster is not null)
            {
                RequireOwnCryptoUser(store, cluster, context);
            }

            context.Observer.Report($"Logging in to the HSMs of {store.HsmClusterId}");
            lease = context.Services.Hsms.Connect(store, cluster, out CustomKeyStore now);
            if (cluster!.ManagePassword)
            {
                ChangePassword(lease, context, now, cluster);
            }

            error = null;
            return lease;
        }
        catch (Exception exception)
        {
            lease.Dispose();
            if (exception is not HsmException e)
            {
                throw;
            }

            context.Services.Hsms.Disconnect(store.CustomKeyStoreId, store.ConnectionGeneration);
            error = e.Failure switch
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
            context.Observer.Warn($"{error}: {e.Message}");
            return default;
        }
    }

    private static void ChangePassword(HsmLease lease, OperationContext context, CustomKeyStore store, HsmCluster cluster)
    {
        // What was registered and sealed before both were refused together, or in a backup.
        if (HsmsOfSeal.Find(context.Services.Store.ReadSeal(), context.Services.Hsms, cluster.Tokens) is ({ } token, { } place))
        {
            context.Observer.Warn(
                $"The password of the crypto user stays as it is: HSM {token.TokenLabel} has a key that opens the seal of this store, "
                    + $"{place.Uri}. Seal the store by something else, or let the password of {cluster.ClusterId} not be managed.");
            return;
        }

        context.Observer.Report("Changing the password of the crypto user");
        bool isChanged;
        try
        {
            isChanged = context.Services.Hsms.ChangePassword(store, lease);
        }
        catch (HsmException exception) when (exception is { Failure: HsmFailure.InvalidArgument, IsInDoubt: false })
        {
            context.Observer.Warn($"The password of the crypto user stays as it is: {exception.Message}");
            return;
        }

        if (!isChanged)
        {
            context.Observer.Warn(
                $"The password of the crypto user stays as it is until the next connect: an HSM of {store.HsmClusterId} is away and "
                    + "would not learn the new one.");
        }
    }

    // PKCS#11 does not report logins elsewhere. What the store knows suffices where it matters: two key stores that change the password
    // of one crypto user would lock each other out.
    private static void RequireOwnCryptoUser(CustomKeyStore store, HsmCluster cluster, OperationContext context)
    {
        using IStateReader reader = context.Services.Store.OpenReader();
        foreach (HsmCluster other in reader.ListClusters().Where(other => cluster.ManagePassword || other.ManagePassword))
        {
            if (other.Tokens.FirstOrDefault(token => cluster.Tokens.Any(token.IsSame)) is { } shared
                && reader.ListCustomKeyStoresOfCluster(other.ClusterId).FirstOrDefault(user => user.CustomKeyStoreId != store
                    .CustomKeyStoreId
                    && user.ConnectionState is ConnectionStateType.CONNECTED or ConnectionStateType.CONNECTING) is { } busy)
            {
                throw new HsmException(
                    HsmFailure.UserLoggedIn,
                    $"Custom key store {busy.CustomKeyStoreId} ({busy.Region}) is logged in to HSM {shared.TokenLabel}, and the password "
                        + "of the crypto user is managed.");
            }
        }
    }
}
