using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Operations;

/// <summary>
/// Compares the HSMs of a cluster with the keys of its custom key store: copies keys to the HSMs that lack them, as far as the modules allow,
/// and tells of keys whose material is in no HSM any more.
/// </summary>
internal static class HsmSynchronizer
{
    /// <summary>
    /// Inspects a connection that has just been established, and copies to each HSM what it lacks: an HSM that was added while no process
    /// was connected, or was lost when a key was created. The keys work in the meantime; a copy that fails is reported, and tried again at
    /// the next connect.
    /// </summary>
    public static void Complete(OperationContext context, CustomKeyStore store, HsmCluster cluster, IHsmConnection connection)
    {
        if (cluster.Tokens.Length > 1 && connection.TrySharing() is { } reason)
        {
            context.Observer.Warn(reason);
        }

        Dictionary<string, string> living = Living(context.Services.Store, store.Region, store.CustomKeyStoreId);
        if (living.Count == 0)
        {
            return;
        }

        context.Observer.Report($"Comparing the HSMs of {cluster.ClusterId}");
        ImmutableArray<HsmInventory> inventories;
        try
        {
            inventories = connection.ListKeys();
        }
        catch (HsmException exception)
        {
            context.Observer.Warn($"The HSMs of {cluster.ClusterId} could not be compared: {exception.Message}");
            return;
        }

        HashSet<string> held = [.. inventories.SelectMany(static hsm => hsm.Keys)
            .Where(key => key.IsUsable && living.ContainsKey(key.Id)).Select(static key => key.Id)];
        context.Services.Hsms.Lost.Record(living.Keys, held.Contains, inventories.All(static hsm => hsm.Failure is null));
        if (HsmSynchronizationReport.Loss(cluster.ClusterId, inventories, living.Where(key => !held.Contains(key.Key))) is { } loss)
        {
            context.Observer.WarnOfLoss(loss, cluster.ClusterId);
        }

        foreach (HsmInventory hsm in inventories.Where(static hsm => hsm.Failure is null))
        {
            if (!held.IsSubsetOf(hsm.Keys.Where(static key => key.IsUsable).Select(static key => key.Id)))
            {
                context.Observer.Report($"Copying keys to HSM {hsm.Name}");
                try
                {
                    HsmSynchronization outcome = connection.Synchronize(hsm.Token);
                    HsmSynchronizationReport.Record(
                        context.Services.Administration,
                        context.Caller,
                        store.Region,
                        cluster.ClusterId,
                        hsm.Token,
                        outcome);
                    if (HsmSynchronizationReport.Shortfall(hsm.Token, outcome) is { } shortfall)
                    {
                        context.Observer.Warn(shortfall);
                    }
                }
                catch (HsmException exception)
                {
                    context.Observer.Warn($"HSM {hsm.Name} could not be given the keys that it lacks: {exception.Message}");
                }
            }
        }
    }

    /// <summary>The keys of a custom key store (ARN), by their backing key IDs.</summary>
    private static Dictionary<string, string> Living(IStateStore store, string region, string customKeyStoreId)
    {
        using IStateReader reader = store.OpenReader();
        return reader.ListKeyIdsInStore(region, customKeyStoreId)
            .Select(keyId => reader.FindKey(region, keyId)!)
            .SelectMany(static key => key.Materials.Select(material => (material.KeyMaterialId, key.Arn)))
            .ToDictionary(StringComparer.Ordinal);
    }
}
