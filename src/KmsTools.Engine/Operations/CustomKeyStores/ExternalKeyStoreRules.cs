using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Operations;

/// <summary>Rules that operations on external key stores share.</summary>
internal static class ExternalKeyStoreRules
{
    /// <summary>Refuses a VPC endpoint service without the connectivity that uses one, and that connectivity without a service.</summary>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void RequireServiceMembers(XksProxyConnectivityType connectivity, string? serviceName, string? serviceOwner)
    {
        if (connectivity == XksProxyConnectivityType.VPC_ENDPOINT_SERVICE && serviceName is null)
        {
            throw KmsErrors.Validation($"XksProxyVpcEndpointServiceName is required for XksProxyConnectivity {connectivity}.");
        }

        if (connectivity == XksProxyConnectivityType.PUBLIC_ENDPOINT && (serviceName is not null || serviceOwner is not null))
        {
            throw KmsErrors.Validation(
                "XksProxyVpcEndpointServiceName and XksProxyVpcEndpointServiceOwner are valid only for XksProxyConnectivity "
                    + "VPC_ENDPOINT_SERVICE.");
        }
    }

    /// <summary>
    /// Refuses a proxy that another store in the Region has. Stores with connectivity PUBLIC_ENDPOINT can share an endpoint, with different
    /// paths; one with a VPC endpoint service has its own endpoint and its own service.
    /// </summary>
    /// <exception cref="KmsException">
    /// XksProxyUriInUseException, XksProxyUriEndpointInUseException or XksProxyVpcEndpointServiceInUseException.
    /// </exception>
    public static void RequireFree(OperationContext context, ExternalKeyStoreProxy proxy, string? exceptStoreId)
    {
        foreach (CustomKeyStore store in context.State.ListCustomKeyStores(context.Region, null, int.MaxValue))
        {
            if (store.Proxy is not { } other || store.CustomKeyStoreId == exceptStoreId)
            {
                continue;
            }

            if (other.Host == proxy.Host)
            {
                if (other.UriPath == proxy.UriPath)
                {
                    throw KmsErrors.ProxyUriInUse(proxy.UriEndpoint + proxy.UriPath, store.CustomKeyStoreId);
                }

                if (IsInVpc(proxy) || IsInVpc(other))
                {
                    throw KmsErrors.ProxyEndpointInUse(proxy.UriEndpoint, store.CustomKeyStoreId);
                }
            }

            if (proxy.VpcEndpointServiceName is { } name && other.VpcEndpointServiceName == name)
            {
                throw KmsErrors.VpcEndpointServiceInUse(name, store.CustomKeyStoreId);
            }
        }
    }

    /// <summary>Refuses a VPC endpoint service that does not exist or does not meet the requirements.</summary>
    /// <exception cref="KmsException">
    /// XksProxyVpcEndpointServiceNotFoundException or XksProxyVpcEndpointServiceInvalidConfigurationException.
    /// </exception>
    public static void RequireService(OperationContext context, ExternalKeyStoreProxy proxy)
    {
        if (FindServiceFault(context.State, context.Region, proxy) is { } found)
        {
            throw found.Code == ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND
                ? KmsErrors.VpcEndpointServiceNotFound(proxy.VpcEndpointServiceName!)
                : KmsErrors.VpcEndpointServiceInvalidConfiguration(proxy.VpcEndpointServiceName!, found.Fault);
        }
    }

    /// <summary>Why the VPC endpoint service of a proxy cannot be used; null if it can, or if the proxy has none.</summary>
    /// <param name="state">The state, which knows the services.</param>
    /// <param name="region">The Region of the key store.</param>
    /// <param name="proxy">The proxy.</param>
    public static (ConnectionErrorCodeType Code, string Fault)? FindServiceFault(
        IStateReader state, string region, ExternalKeyStoreProxy proxy)
    {
        if (proxy.VpcEndpointServiceName is not { } name)
        {
            return null;
        }

        if (state.FindVpcEndpointService(name) is not { } service || !service.IsFound(region, proxy.VpcEndpointServiceOwner!))
        {
            return (ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND, "It is not found, or does not allow AWS KMS to use it.");
        }

        return service.FindFault(proxy.Host) is { } fault
            ? (ConnectionErrorCodeType.XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION, fault)
            : null;
    }

    /// <summary>
    /// Asks a proxy for its health. Must not be called within a transaction.
    /// </summary>
    /// <param name="context">The call.</param>
    /// <param name="store">The store, as it would be.</param>
    /// <returns>The store, with what the answer showed about the certificate of the proxy.</returns>
    /// <exception cref="KmsException">
    /// XksProxyUriUnreachableException, XksProxyIncorrectAuthenticationCredentialException, XksProxyInvalidConfigurationException or
    /// XksProxyInvalidResponseException.
    /// </exception>
    public static CustomKeyStore RequireHealth(OperationContext context, CustomKeyStore store)
    {
        try
        {
            return context.Services.Proxies.Probe(store, context.State, CallMetadata.OfHealthCheck(context));
        }
        catch (XksException exception)
        {
            XksFault.Describe(context, exception);
            throw KmsErrors.ProxyNotAccepted(exception);
        }
    }

    private static bool IsInVpc(ExternalKeyStoreProxy proxy) => proxy.Connectivity == XksProxyConnectivityType.VPC_ENDPOINT_SERVICE;
}
