namespace KmsTools.Operations;

[Collection("SoftHSM")]
public sealed class DescribeCustomKeyStoresTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void DescribeCustomKeyStores_ByIdOrName_FindsTheStore()
    {
        Assert.Equal(
            _hsm.StoreId,
            Assert.Single(_hsm.Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreName = "lab" }).CustomKeyStores).CustomKeyStoreId);
        Assert.Equal("lab", Assert.Single(
            _hsm.Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = _hsm.StoreId }).CustomKeyStores).CustomKeyStoreName);
        Assert.Equal(
            "ValidationException",
            _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = _hsm.StoreId, CustomKeyStoreName = "lab" }).Code);
        Assert.Equal(
            "CustomKeyStoreNotFoundException",
            _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { CustomKeyStoreName = "LAB" }).Code);
    }

    [Fact]
    public void DescribeCustomKeyStores_NoneThere_IsAnEmptyPage()
    {
        DescribeCustomKeyStoresResponse page = _hsm.Kms.Call(new DescribeCustomKeyStoresRequest(), "eu-west-1");

        Assert.Empty(page.CustomKeyStores);
        Assert.Equal((false, null), (page.Truncated, page.NextMarker));
    }

    [Fact]
    public void DescribeCustomKeyStores_BoundsAndMarker_AreChecked()
    {
        Assert.Equal("ValidationException", _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { Limit = 0 }).Code);
        Assert.Equal("ValidationException", _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { Limit = 1001 }).Code);
        Assert.Equal("InvalidMarkerException", _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { Marker = "x" }).Code);
    }
}
