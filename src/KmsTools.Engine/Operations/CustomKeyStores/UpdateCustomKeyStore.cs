using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Changes the properties of a custom key store. Source: UpdateCustomKeyStore in the AWS KMS API.</summary>
public sealed record UpdateCustomKeyStoreRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The store.</summary>
    [Member(Required = true, Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }

    /// <summary>A new friendly name. Allowed even while the store is connected.</summary>
    [Member(Min = 1, Max = 256)]
    public string? NewCustomKeyStoreName { get; init; }

    /// <summary>The current password of the HSMs' crypto user, for KMS to use; changes nothing in the HSMs.</summary>
    [Member(Min = 7, Max = 32, Sensitive = true)]
    public string? KeyStorePassword { get; init; }

    /// <summary>Another cluster, which shares a backup history with the current one.</summary>
    [Member(Min = 19, Max = 24, Pattern = ClusterId.Pattern)]
    public string? CloudHsmClusterId { get; init; }

    /// <summary>The endpoint of an external key store proxy.</summary>
    [Member(Min = 10, Max = 128, Pattern = "^https://[a-zA-Z0-9.-]+$")]
    public string? XksProxyUriEndpoint { get; init; }

    /// <summary>The path of an external key store proxy.</summary>
    [Member(Min = 10, Max = 128, Pattern = @"^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$")]
    public string? XksProxyUriPath { get; init; }

    /// <summary>The VPC endpoint service of an external key store proxy.</summary>
    [Member(Min = 20, Max = 64, Pattern = "^" + VpcEndpointService.NamePattern + "$")]
    public string? XksProxyVpcEndpointServiceName { get; init; }

    /// <summary>The account that owns the VPC endpoint service.</summary>
    [Member(Min = 12, Max = 12, Pattern = "[0-9]{12}")]
    public string? XksProxyVpcEndpointServiceOwner { get; init; }

    /// <summary>The credential of an external key store proxy.</summary>
    [Member]
    public XksProxyAuthenticationCredential? XksProxyAuthenticationCredential { get; init; }

    /// <summary>How an external key store proxy is reached.</summary>
    [Member(Values = typeof(XksProxyConnectivityType))]
    public string? XksProxyConnectivity { get; init; }
}

internal sealed class UpdateCustomKeyStore : Operation<UpdateCustomKeyStoreRequest, EmptyResponse>
{
    protected internal override bool Prepares => true;

    internal override bool HasCallerAccount => true;

    /// <inheritdoc/>
    public override bool AnswersWithObject => true;

    protected internal override void Validate(UpdateCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        if (store.IsExternal)
        {
            ExternalKeyStoreUpdate.Validate(request, store);
            return;
        }

        if (request.XksProxyUriEndpoint is not null || request.XksProxyUriPath is not null || request.XksProxyConnectivity is not null
            || request.XksProxyAuthenticationCredential is not null || request.XksProxyVpcEndpointServiceName is not null
            || request.XksProxyVpcEndpointServiceOwner is not null)
        {
            throw KmsErrors.Validation(
                "Properties of an external key store proxy are valid only for CustomKeyStoreType EXTERNAL_KEY_STORE.");
        }
    }

    protected internal override void Prepare(UpdateCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        if (store.IsExternal)
        {
            // What can be refused without the proxy is.
            Check(request, context);
            context.PreparedKeyStore = ExternalKeyStoreUpdate.Probe(request, context, store);
            return;
        }

        if (request.CloudHsmClusterId is { } clusterId)
        {
            CustomKeyStoreRules.RequireActive(context, FindCluster(context, clusterId));
        }

        if (request.KeyStorePassword is not null)
        {
            // A connect that was interrupted by a disconnect may still be about to change the password.
            context.Connecting = StoreLock.EnterKeyStore(context.Services.Store, request.CustomKeyStoreId!);
        }
    }

    protected internal override void Check(UpdateCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        CustomKeyStoreRules.Describe(context, store);
        if (store.IsExternal)
        {
            if (request.NewCustomKeyStoreName is { } newName)
            {
                CustomKeyStoreRules.RequireFreeName(context, newName, store.CustomKeyStoreId);
            }

            ExternalKeyStoreUpdate.Check(request, context, store);
            return;
        }

        bool nameOnly = request is { KeyStorePassword: null, CloudHsmClusterId: null };
        if (store.ConnectionState != ConnectionStateType.DISCONNECTED
            && !(nameOnly && store.ConnectionState == ConnectionStateType.CONNECTED))
        {
            throw KmsErrors.CustomKeyStoreInvalidState(store, Name, ErrorCause.KeyStoreNotDisconnected);
        }

        if (request.NewCustomKeyStoreName is { } name)
        {
            CustomKeyStoreRules.RequireFreeName(context, name, store.CustomKeyStoreId);
        }

        if (request.CloudHsmClusterId is { } clusterId && clusterId != store.CloudHsmClusterId)
        {
            if (!ClusterCertificate.IsSame(FindCluster(context, clusterId).TrustAnchorCertificate, store.TrustAnchorCertificate!))
            {
                throw KmsErrors.ClusterNotRelated(clusterId);
            }

            CustomKeyStoreRules.RequireFreeCluster(context, clusterId, store.CustomKeyStoreId);
        }
    }

    protected internal override EmptyResponse Handle(UpdateCustomKeyStoreRequest request, OperationContext context)
    {
        CustomKeyStore store = context.RequireCustomKeyStore(request.CustomKeyStoreId!);
        if (store.IsExternal)
        {
            CustomKeyStore changed = ExternalKeyStoreUpdate.Change(request, context, store);
            context.Transaction.UpdateCustomKeyStore(context.PreparedKeyStore?.Proxy is not { } probed ? changed : changed with
            {
                Proxy = changed.RequiredProxy with
                {
                    CertificateName = probed.CertificateName,
                    CertificateNotAfter = probed.CertificateNotAfter,
                },
            });
            return EmptyResponse.Instance;
        }

        store = store with
        {
            Name = request.NewCustomKeyStoreName ?? store.Name,
            CloudHsmClusterId = request.CloudHsmClusterId ?? store.CloudHsmClusterId,
        };

        if (request.KeyStorePassword is { } password)
        {
            store = store with
            {
                WrappedPassword = CryptoUserPassword.Wrap(context.Services.RootKey, store.CustomKeyStoreId, password),
                OtherWrappedPassword = null,
                PasswordRefused = false,
            };
        }

        context.Transaction.UpdateCustomKeyStore(store);
        return EmptyResponse.Instance;
    }

    private static HsmCluster FindCluster(OperationContext context, string clusterId) =>
        context.State.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
}
