using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>The part of UpdateCustomKeyStore that is specific to external key stores.</summary>
internal static class ExternalKeyStoreUpdate
{
    /// <summary>Refuses members of another kind of store, and a connectivity without what it needs.</summary>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void Validate(UpdateCustomKeyStoreRequest request, CustomKeyStore store)
    {
        if (request.CloudHsmClusterId is not null || request.KeyStorePassword is not null)
        {
            throw KmsErrors.Validation("CloudHsmClusterId and KeyStorePassword are valid only for CustomKeyStoreType AWS_CLOUDHSM.");
        }

        ExternalKeyStoreProxy proxy = store.RequiredProxy;
        XksProxyConnectivityType connectivity = ConnectivityOf(request, proxy);
        bool changes = connectivity != proxy.Connectivity;
        if (changes && request.XksProxyUriEndpoint is null)
        {
            throw KmsErrors.Validation($"A change of XksProxyConnectivity to {connectivity} requires a new XksProxyUriEndpoint.");
        }

        ExternalKeyStoreRules.RequireServiceMembers(
            connectivity,
            NullIfEmpty(request.XksProxyVpcEndpointServiceName) ?? (changes ? null : proxy.VpcEndpointServiceName),
            request.XksProxyVpcEndpointServiceOwner);
    }

    /// <summary>Refuses the update of a store in a state that does not allow it, and what other stores have.</summary>
    /// <exception cref="KmsException">CustomKeyStoreInvalidStateException, or the proxy or its service is in use or not valid.</exception>
    public static void Check(UpdateCustomKeyStoreRequest request, OperationContext context, CustomKeyStore store)
    {
        if (store.ConnectionState != ConnectionStateType.DISCONNECTED
            && (MovesProxy(request) || store.ConnectionState != ConnectionStateType.CONNECTED))
        {
            throw KmsErrors.CustomKeyStoreInvalidState(store, context.Operation.Name, ErrorCause.KeyStoreNotDisconnected);
        }

        ExternalKeyStoreProxy changed = Change(request, context, store).RequiredProxy;
        ExternalKeyStoreRules.RequireFree(context, changed, store.CustomKeyStoreId);
        if (MovesProxy(request))
        {
            ExternalKeyStoreRules.RequireService(context, changed);
        }
    }

    /// <summary>Asks the proxy for its health with the new values, unless only the name changes or a VPC endpoint service leads to it.</summary>
    /// <returns>The store as it was asked with; null if it was not.</returns>
    /// <exception cref="KmsException">The proxy does not answer as it must.</exception>
    public static CustomKeyStore? Probe(UpdateCustomKeyStoreRequest request, OperationContext context, CustomKeyStore store)
    {
        if (!MovesProxy(request) && request.XksProxyUriPath is null && request.XksProxyAuthenticationCredential is null)
        {
            return null;
        }

        CustomKeyStore changed = Change(request, context, store);
        return changed.RequiredProxy.Connectivity == XksProxyConnectivityType.PUBLIC_ENDPOINT
            ? ExternalKeyStoreRules.RequireHealth(context, changed)
            : null;
    }

    /// <summary>The store with its new values.</summary>
    public static CustomKeyStore Change(UpdateCustomKeyStoreRequest request, OperationContext context, CustomKeyStore store)
    {
        ExternalKeyStoreProxy proxy = store.RequiredProxy;
        XksProxyConnectivityType connectivity = ConnectivityOf(request, proxy);
        string? service = connectivity == XksProxyConnectivityType.PUBLIC_ENDPOINT
            ? null
            : NullIfEmpty(request.XksProxyVpcEndpointServiceName) ?? proxy.VpcEndpointServiceName;
        proxy = proxy with
        {
            Connectivity = connectivity,
            UriEndpoint = request.XksProxyUriEndpoint ?? proxy.UriEndpoint,
            UriPath = request.XksProxyUriPath ?? proxy.UriPath,
            VpcEndpointServiceName = service,
            VpcEndpointServiceOwner = service is null
                ? null
                : request.XksProxyVpcEndpointServiceOwner ?? proxy.VpcEndpointServiceOwner ?? context.AccountId,
        };
        if (request.XksProxyAuthenticationCredential is { } credential)
        {
            proxy = proxy with
            {
                AccessKeyId = credential.AccessKeyId!,
                WrappedSecret = ProxySecret.Wrap(context.Services.RootKey, store.CustomKeyStoreId, credential.RawSecretAccessKey!),
                CredentialDate = context.Now,
            };
        }

        return store with { Proxy = proxy, Name = request.NewCustomKeyStoreName ?? store.Name };
    }

    // What may change only while the store is disconnected.
    private static bool MovesProxy(UpdateCustomKeyStoreRequest request) => request.XksProxyConnectivity is not null
        || request.XksProxyUriEndpoint is not null
        || request.XksProxyVpcEndpointServiceName is not null
        || request.XksProxyVpcEndpointServiceOwner is not null;

    private static XksProxyConnectivityType ConnectivityOf(UpdateCustomKeyStoreRequest request, ExternalKeyStoreProxy proxy) =>
        request.XksProxyConnectivity is { } given ? Enum.Parse<XksProxyConnectivityType>(given) : proxy.Connectivity;

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
