using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Names a custom key store in confirmation prompts.</summary>
internal static class KeyStoreName
{
    /// <summary>ID, name and cluster, or the host of the proxy; only the ID if the store does not exist.</summary>
    public static string Of(KmsEngine engine, RegionName? region, string customKeyStoreId)
    {
        using IStateReader state = engine.OpenReader();
        return state.FindCustomKeyStore(region ?? engine.Properties.Region, customKeyStoreId) is { } store
            ? $"{store.CustomKeyStoreId} ('{store.Name}' on {store.CloudHsmClusterId ?? store.Proxy?.Host})"
            : customKeyStoreId;
    }

    /// <summary>The custom key store with an ID.</summary>
    /// <exception cref="KmsException">CustomKeyStoreNotFoundException.</exception>
    public static CustomKeyStore Require(IStateReader state, string region, string customKeyStoreId) =>
        state.FindCustomKeyStore(region, customKeyStoreId) ?? throw KmsErrors.CustomKeyStoreNotFound(customKeyStoreId);
}
