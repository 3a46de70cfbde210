using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Operations;

/// <summary>Connects external key stores: their VPC endpoint service is looked at, then their proxy is asked for its health.</summary>
internal static class ExternalKeyStoreConnecting
{
    /// <summary>Tries to connect a store.</summary>
    /// <param name="context">The call.</param>
    /// <param name="store">The store, which is CONNECTING.</param>
    /// <param name="error">Why it cannot be connected; null if it can.</param>
    /// <returns>The store, with what became known about its proxy.</returns>
    public static CustomKeyStore TryConnect(OperationContext context, CustomKeyStore store, out ConnectionErrorCodeType? error)
    {
        ExternalKeyStoreProxy proxy = store.RequiredProxy;
        using IStateReader state = context.Services.Store.OpenReader();
        if (ExternalKeyStoreRules.FindServiceFault(state, store.Region, proxy) is { } found)
        {
            error = found.Code;
            context.Observer.Warn($"{error}: VPC endpoint service {proxy.VpcEndpointServiceName}. {found.Fault}");
            return store;
        }

        context.Observer.Report($"Asking the proxy at {proxy.Host} for its health");
        try
        {
            store = context.Services.Proxies.CheckHealth(store, state, CallMetadata.OfHealthCheck(context));
            error = null;
        }
        catch (XksException exception)
        {
            error = XksFault.ConnectionErrorOf(exception.Failure);
            context.Observer.Warn($"{error}: {exception.Message}");
        }

        return store;
    }
}
