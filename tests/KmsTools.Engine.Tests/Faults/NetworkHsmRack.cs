using KmsTools.KeyStores;
using KmsTools.NetworkHsms;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;

namespace KmsTools.Faults;

/// <summary>A KMS with a custom key store on a cluster of network HSMs, each with its own token, server process and faults.</summary>
internal sealed class NetworkHsmRack : IDisposable
{
    public const string ClusterId = "cluster-2abcdefghij";

    private const string TrustAnchor = "rack";

    private readonly Pkcs11HsmProvider _provider = new();
    private string _password = NetworkHsm.UserPin;

    public NetworkHsmRack(int count, int timeout = 500, bool ownDisks = false, bool highAvailability = false)
    {
        try
        {
            while (Hsms.Count < count)
            {
                Hsms.Add(new NetworkHsm($"hsm-{Hsms.Count + 1}", timeout, ownDisks).WithToken());
            }

            Kms = new KmsFixture(_provider);
            Cluster = new HsmCluster
            {
                ClusterId = ClusterId,
                Library = Hsms[0].Library,
                Tokens = [.. Hsms.Select(static (hsm, index) => index == 0 ? hsm.Token : hsm.Token with { Library = hsm.Library })],
                TrustAnchorCertificate = TrustAnchor,
                CreationDate = KmsFixture.Start,
                HighAvailability = highAvailability,
            };
            using (IStateTransaction transaction = Kms.Engine.Store.BeginTransaction())
            {
                transaction.InsertCluster(Cluster);
                transaction.Commit();
            }

            StoreId = Kms.Call(new CreateCustomKeyStoreRequest
            {
                CustomKeyStoreName = "rack",
                CloudHsmClusterId = ClusterId,
                TrustAnchorCertificate = TrustAnchor,
                KeyStorePassword = _password,
            }).CustomKeyStoreId;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public List<NetworkHsm> Hsms { get; } = [];

    public KmsFixture Kms { get; } = null!;

    public HsmCluster Cluster { get; } = null!;

    public string StoreId { get; } = "";

    public CustomKeyStoresListEntry Store =>
        Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = StoreId }).CustomKeyStores.Single();

    public NetworkHsmRack Connected()
    {
        Connect();
        Assert.Equal((ConnectionStateType.CONNECTED, null), (Store.ConnectionState, Store.ConnectionErrorCode));
        return this;
    }

    public void Connect() => Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public void Disconnect() => Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    /// <summary>Tells KMS the password that the HSMs have now.</summary>
    public void UpdatePassword(string password)
    {
        Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = StoreId, KeyStorePassword = password });
        _password = password;
    }

    /// <summary>What the HSMs hold, as another user of them sees it.</summary>
    public IReadOnlyList<HsmInventory> Inventories()
    {
        using IHsmConnection connection = _provider.Connect(Cluster, System.Text.Encoding.UTF8.GetBytes(_password));
        return connection.ListKeys();
    }

    public IReadOnlyList<StrayKeyMaterial> Strays()
    {
        using IStateReader reader = Kms.Engine.Store.OpenReader();
        return reader.ListStrayKeyMaterial(null);
    }

    public void Dispose()
    {
        Kms?.Dispose();
        _provider.Dispose();
        Hsms.ForEach(static hsm => hsm.Dispose());
    }
}
