namespace KmsTools.Operations;

[Collection("SoftHSM")]
public sealed class UpdateCustomKeyStoreTests : IDisposable
{
    private readonly HsmFixture _hsm = new();
    private readonly UpdateCustomKeyStoreRequest _request;

    public UpdateCustomKeyStoreTests() => _request = new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId };

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void UpdateCustomKeyStore_Name_ChangesItAlsoWhileConnected()
    {
        Assert.Same(EmptyResponse.Instance, _hsm.Kms.Call(_request with { NewCustomKeyStoreName = "one" }));
        Assert.Equal("one", _hsm.Store.CustomKeyStoreName);
        _hsm.Connected();

        _hsm.Kms.Call(_request with { NewCustomKeyStoreName = "two" });

        Assert.Equal(("two", ConnectionStateType.CONNECTED), (_hsm.Store.CustomKeyStoreName, _hsm.Store.ConnectionState));
        Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(_hsm.CreateKey().KeyId, 1)));
    }

    [Fact]
    public void UpdateCustomKeyStore_NameOfAnotherStore_IsRefused()
    {
        const string OtherCluster = "cluster-3abcdefghij";
        _hsm.Kms.Call(_hsm.Creating() with
        {
            CustomKeyStoreName = "other",
            CloudHsmClusterId = OtherCluster,
            TrustAnchorCertificate = _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], OtherCluster)
                .TrustAnchorCertificate,
        });

        Assert.Equal("CustomKeyStoreNameInUseException", _hsm.Kms.Error(_request with { NewCustomKeyStoreName = "other" }).Code);
        _hsm.Kms.Call(_request with { NewCustomKeyStoreName = "lab" });
    }

    [Fact]
    public void UpdateCustomKeyStore_Cluster_MustBeRelated()
    {
        _hsm.Connected();
        string keyId = _hsm.CreateKey().KeyId;
        byte[] blob = _hsm.Kms.Encrypt(keyId, 3);
        _hsm.Disconnect();
        _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], "cluster-3abcdefghij");
        _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], "cluster-4abcdefghij", _hsm.TrustAnchor);

        Assert.Equal(
            "CloudHsmClusterNotRelatedException",
            _hsm.Kms.Error(_request with { CloudHsmClusterId = "cluster-3abcdefghij" }).Code);
        Assert.Equal("CloudHsmClusterNotFoundException", _hsm.Kms.Error(_request with { CloudHsmClusterId = "cluster-5abcdefghij" }).Code);
        _hsm.Kms.Call(_request with { CloudHsmClusterId = "cluster-4abcdefghij" });
        _hsm.Connected();

        Assert.Equal("cluster-4abcdefghij", _hsm.Store.CloudHsmClusterId);
        Assert.Equal("cluster-4abcdefghij", _hsm.Kms.Describe(keyId).CloudHsmClusterId);
        Assert.Equal([3], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void UpdateCustomKeyStore_OneOfSeveralIsWrong_ChangesNothing()
    {
        Assert.Equal(
            "CloudHsmClusterNotFoundException",
            _hsm.Kms.Error(_request with { NewCustomKeyStoreName = "new", CloudHsmClusterId = "cluster-5abcdefghij" }).Code);
        Assert.Equal(
            "ValidationException",
            _hsm.Kms.Error(_request with { NewCustomKeyStoreName = "new", KeyStorePassword = "short!" }).Code);

        Assert.Equal("lab", _hsm.Store.CustomKeyStoreName);
    }
}
