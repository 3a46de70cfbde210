using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The custom key stores that are connected to a cluster, or about to be.</summary>
internal static class ConnectedKeyStores
{
    /// <summary>Makes every process connect again to a cluster that has changed.</summary>
    public static void Reconnect(IStateTransaction transaction, string clusterId)
    {
        foreach (CustomKeyStore user in transaction.ListCustomKeyStoresOfCluster(clusterId)
            .Where(static user => user.ConnectionState is ConnectionStateType.CONNECTED or ConnectionStateType.CONNECTING))
        {
            transaction.UpdateCustomKeyStore(user with { ConnectionGeneration = user.ConnectionGeneration + 1 });
        }
    }
}
