using System.Text;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Pkcs11.Interop;

namespace KmsTools;

/// <summary>A KMS with a custom key store on a token of its own in SoftHSM.</summary>
public sealed class HsmFixture : IDisposable
{
    public const string UserPin = "user-1234";
    public const string OfficerPin = "officer-5678";
    public const string ClusterId = "cluster-2abcdefghij";

    private readonly Pkcs11HsmProvider _provider = new();

    public HsmFixture()
    {
        Kms = new KmsFixture(_provider);
        Token = NewToken();
        TrustAnchor = Kms.Engine.HsmClusters.Register(SoftHsm.Library, [Token], ClusterId).TrustAnchorCertificate;
        StoreId = Kms.Call(Creating()).CustomKeyStoreId;
    }

    public KmsFixture Kms { get; }

    public string Token { get; }

    public string TrustAnchor { get; }

    /// <summary>The custom key store; disconnected at first.</summary>
    public string StoreId { get; }

    public CustomKeyStoresListEntry Store =>
        Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = StoreId }).CustomKeyStores.Single();

    public string NewToken()
    {
        string label = $"t{Guid.NewGuid():N}"[..32];
        _provider.InitializeToken(SoftHsm.Library, label, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin));
        return label;
    }

    /// <summary>The request that the store of this fixture was made with.</summary>
    public CreateCustomKeyStoreRequest Creating() => new()
    {
        CustomKeyStoreName = "lab",
        CloudHsmClusterId = ClusterId,
        TrustAnchorCertificate = TrustAnchor,
        KeyStorePassword = UserPin,
    };

    public HsmFixture Connected()
    {
        Connect();
        Assert.Equal(ConnectionStateType.CONNECTED, Store.ConnectionState);
        return this;
    }

    public void Connect() => Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public void Disconnect() => Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public KeyMetadata CreateKey() =>
        Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = StoreId }).KeyMetadata;

    /// <summary>The objects in the token, as another user of it sees them.</summary>
    public IReadOnlyList<HsmKeyObject> Objects()
    {
        using IHsmConnection connection = OwnConnection();
        return Assert.Single(connection.ListKeys()).Keys;
    }

    public void DestroyObject(string backingKeyId)
    {
        using IHsmConnection connection = OwnConnection();
        Assert.True(connection.DestroyKey(Convert.FromHexString(backingKeyId)));
    }

    public IReadOnlyList<StrayKeyMaterial> Strays()
    {
        using IStateReader reader = Kms.Engine.Store.OpenReader();
        return reader.ListStrayKeyMaterial(null);
    }

    /// <summary>Another program sets the crypto user's PIN; it has an instance of the library of its own.</summary>
    public void SetUserPin(string pin)
    {
        string copy = Path.Combine(SoftHsm.Folder, $"other-{Guid.NewGuid():N}.so");
        File.Copy(SoftHsm.Library, copy);
        NativeModule native = NativeModule.Load(copy);
        Require(native.Initialize(null));
        Require(native.GetSlotList(tokenPresent: true, out ulong[] slots));
        ulong slot = slots.First(slot => native.GetTokenInfo(slot, out TokenInfo info).IsOk && info.Label == Token);
        Require(native.OpenSession(slot, out ulong session));
        Require(native.Login(session, Cryptoki.CKU_SO, Encoding.UTF8.GetBytes(OfficerPin)));
        Require(native.InitPin(session, Encoding.UTF8.GetBytes(pin)));
        Require(native.Finish());
        File.Delete(copy);
    }

    public void Dispose()
    {
        Kms.Dispose();
        _provider.Dispose();
    }

    private IHsmConnection OwnConnection()
    {
        using IStateReader reader = Kms.Engine.Store.OpenReader();
        return _provider.Connect(reader.FindCluster(ClusterId)!, Encoding.UTF8.GetBytes(UserPin));
    }

    private static void Require(ReturnValue result) => Assert.True(result.IsOk, result.ToString());
}
