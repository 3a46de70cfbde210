using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <content>The PINs of crypto users that the URIs of clusters name.</content>
public sealed partial class HsmClusterRegistry
{
    /// <summary>
    /// The PIN in the file that a URI of the cluster named, where it differs from the password of a custom key store that is disconnected,
    /// and may replace it: the file belongs to the user, whereas a password that a connect has generated belongs to the store.
    /// </summary>
    /// <param name="region">The Region of the custom key store.</param>
    /// <param name="customKeyStoreId">The custom key store.</param>
    /// <returns>The PIN, which the caller disposes of, or null.</returns>
    /// <exception cref="ArgumentException">The file is empty, or can be read by users other than its owner.</exception>
    public Secret? ReadChangedPin(string region, string customKeyStoreId)
    {
        CustomKeyStore? user;
        HsmCluster? cluster;
        using (IStateReader reader = _store.OpenReader())
        {
            user = reader.FindCustomKeyStore(region, customKeyStoreId);
            cluster = user?.CloudHsmClusterId is { } clusterId ? reader.FindCluster(clusterId) : null;
        }

        // A file that existed only for the creation no longer exists now, and the store has the password.
        if (user is not { ConnectionState: ConnectionStateType.DISCONNECTED } || cluster?.PinSource is not { } file || !File.Exists(file)
            || !CryptoUserPassword.GivesWay(_store.RootKey, user, cluster.ManagePassword))
        {
            return null;
        }

        Secret pin = PinFile.Read(file, known: null)!;
        if (!CryptoUserPassword.Is(_store.RootKey, user, pin))
        {
            return pin;
        }

        pin.Dispose();
        return null;
    }

    /// <summary>The PIN of the crypto user that the URIs of a cluster named, from its file as it currently is.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <returns>The PIN, which the caller disposes of; null when the cluster is not registered, or no URI named a PIN.</returns>
    /// <exception cref="ArgumentException">The file does not exist, is empty, or can be read by users other than its owner.</exception>
    public Secret? ReadPin(string clusterId)
    {
        HsmCluster? cluster;
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = reader.FindCluster(clusterId);
        }

        using Secret? kept = cluster?.WrappedPin is { } wrapped ? OpenPin(_store.RootKey, clusterId, wrapped) : null;
        return PinFile.Read(cluster?.PinSource, kept);
    }

    /// <summary>Wraps the PIN of the crypto user of a cluster.</summary>
    internal byte[] WrapPin(string clusterId, Secret pin) => pin.Use(bytes => _store.RootKey.Wrap(bytes, PinContext(clusterId)));

    /// <summary>A cluster whose PIN is wrapped by the generation of the root key that wraps now.</summary>
    internal static HsmCluster WrapPinAgain(RootKey rootKey, HsmCluster cluster) => cluster.WrappedPin is { } wrapped
        ? cluster with
        {
            WrappedPin = WrappedValue.WrapAgain(
                rootKey, wrapped.Span, PinContext(cluster.ClusterId), PinOf(cluster.ClusterId), DamageOf(cluster.ClusterId)),
        }
        : cluster;

    /// <summary>Unwraps the PIN of the crypto user of a cluster.</summary>
    internal static Secret OpenPin(RootKey rootKey, string clusterId, ReadOnlyMemory<byte> wrapped) => WrappedValue.Open(
        rootKey,
        wrapped.Span,
        PinContext(clusterId),
        PinOf(clusterId),
        DamageOf(clusterId));

    /// <summary>Refuses to manage the password of HSMs whose PIN opens the seal of the store.</summary>
    internal void RequireManageable(bool managePassword, string clusterId, IReadOnlyCollection<HsmToken> tokens)
    {
        if (managePassword)
        {
            HsmsOfSeal.RequireNone(_store.ReadSeal(), _hsms, clusterId, tokens);
        }
    }

    private static string PinOf(string clusterId) => $"The PIN of cluster {clusterId}";

    private static StoreDamage DamageOf(string clusterId) => new("hsm_clusters", $"cluster_id={clusterId}");

    private static string PinContext(string clusterId) => $"pin/{clusterId}";
}
