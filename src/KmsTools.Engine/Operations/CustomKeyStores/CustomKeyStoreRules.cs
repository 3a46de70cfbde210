using System.Collections.Immutable;
using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>Rules that several operations on custom key stores share.</summary>
internal static class CustomKeyStoreRules
{
    /// <summary>Refuses a request without what its type of key store requires, and names what is missing.</summary>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void RequireMembers(CustomKeyStoreType type, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        List<string> missing = [];
        foreach ((string name, object? value) in members)
        {
            if (value is null)
            {
                missing.Add(name);
            }
        }

        if (missing is [.. var others, var last])
        {
            throw KmsErrors.Validation(others is []
                ? $"{last} is required for CustomKeyStoreType {type}."
                : $"{string.Join(", ", others)} and {last} are required for CustomKeyStoreType {type}.");
        }
    }

    /// <summary>Refuses a name that another store in the Region has.</summary>
    /// <exception cref="KmsException">CustomKeyStoreNameInUseException.</exception>
    public static void RequireFreeName(OperationContext context, string name, string? exceptStoreId = null)
    {
        if (All(context).Any(store => store.Name == name && store.CustomKeyStoreId != exceptStoreId))
        {
            throw KmsErrors.CustomKeyStoreNameInUse(name);
        }
    }

    /// <summary>Refuses a cluster that a store uses, or that shares a backup history with one that is used.</summary>
    /// <exception cref="KmsException">CloudHsmClusterInUseException.</exception>
    public static void RequireFreeCluster(OperationContext context, string clusterId, string? exceptStoreId)
    {
        HsmCluster cluster = context.State.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
        if (All(context).Any(store => store.CustomKeyStoreId != exceptStoreId
            && !store.IsExternal
            && (store.CloudHsmClusterId == clusterId
                || ClusterCertificate.IsSame(store.TrustAnchorCertificate!, cluster.TrustAnchorCertificate))))
        {
            throw KmsErrors.ClusterInUse(clusterId);
        }
    }

    /// <summary>
    /// Refuses a cluster none of whose HSMs is active, and a highly available one with fewer than two. Checks the HSMs, so it must
    /// not be called within a transaction.
    /// </summary>
    /// <exception cref="KmsException">CloudHsmClusterNotActiveException or CloudHsmClusterInvalidConfigurationException.</exception>
    public static void RequireActive(OperationContext context, HsmCluster cluster)
    {
        int active = context.Services.Clusters.Inspect(cluster).Count(static hsm => hsm.State == HsmState.ACTIVE);
        if (active == 0)
        {
            throw KmsErrors.ClusterNotActive(cluster.ClusterId);
        }

        if (cluster.HighAvailability && active < 2)
        {
            throw KmsErrors.ClusterInvalidConfiguration();
        }
    }

    /// <summary>Adds the store to the event, as for every event about an existing store.</summary>
    public static void Describe(OperationContext context, CustomKeyStore store)
    {
        context.AdditionalEventData["customKeyStoreName"] = store.Name;
        if (store.CloudHsmClusterId is { } clusterId)
        {
            context.AdditionalEventData[AuditNames.Members.ClusterId] = clusterId;
        }
    }

    private static ImmutableArray<CustomKeyStore> All(OperationContext context) =>
        context.State.ListCustomKeyStores(context.Region, null, int.MaxValue);
}
