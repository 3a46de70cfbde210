namespace KmsTools.Operations;

[Collection("SoftHSM")]
public sealed class DeleteCustomKeyStoreTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void DeleteCustomKeyStore_WithKeys_IsRefusedUntilTheyAreDeleted()
    {
        DeleteCustomKeyStoreRequest delete = new() { CustomKeyStoreId = _hsm.StoreId };
        _hsm.Connected();
        string keyId = _hsm.CreateKey().KeyId;
        Assert.Equal("CustomKeyStoreInvalidStateException", _hsm.Kms.Error(delete).Code);
        _hsm.Disconnect();
        Assert.Equal("CustomKeyStoreHasCMKsException", _hsm.Kms.Error(delete).Code);
        _hsm.Kms.Schedule(keyId);
        Assert.Equal("CustomKeyStoreHasCMKsException", _hsm.Kms.Error(delete).Code);
        _hsm.Kms.StepDays(7);

        Assert.Same(EmptyResponse.Instance, _hsm.Kms.Call(delete));

        Assert.Empty(_hsm.Kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        Assert.Equal("CustomKeyStoreNotFoundException", _hsm.Kms.Error(delete).Code);
        Assert.Single(_hsm.Objects());
        Assert.NotEqual(_hsm.StoreId, _hsm.Kms.Call(_hsm.Creating()).CustomKeyStoreId);
    }
}
