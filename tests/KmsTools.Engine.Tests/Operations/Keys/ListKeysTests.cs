namespace KmsTools.Operations;

public sealed class ListKeysTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListKeys_Pages_ShowEveryKeyOnce()
    {
        KeyMetadata[] keys = [.. Enumerable.Range(0, 5).Select(_ => _kms.CreateKey())];
        _kms.Call(new CreateKeyRequest(), "eu-west-1");
        List<KeyListEntry> listed = [];
        ListKeysResponse page = _kms.Call(new ListKeysRequest { Limit = 2 });
        listed.AddRange(page.Keys);
        while (page.Truncated)
        {
            Assert.Equal(2, page.Keys.Length);
            page = _kms.Call(new ListKeysRequest { Limit = 2, Marker = page.NextMarker });
            listed.AddRange(page.Keys);
        }

        Assert.Null(page.NextMarker);
        Assert.Single(page.Keys);
        Assert.Equal(keys.Select(key => (key.KeyId, key.Arn)).Order(), listed.Select(key => (key.KeyId, key.KeyArn)).Order());
    }

    [Fact]
    public void ListKeys_LastPageFull_IsNotTruncated()
    {
        _kms.CreateKey();
        _kms.CreateKey();

        ListKeysResponse page = _kms.Call(new ListKeysRequest { Limit = 2 });

        Assert.Equal((2, false, null), (page.Keys.Length, page.Truncated, page.NextMarker));
    }

    [Fact]
    public void ListKeys_NoLimit_Shows100()
    {
        for (int i = 0; i < 101; i++)
        {
            _kms.CreateKey();
        }

        ListKeysResponse page = _kms.Call(new ListKeysRequest());

        Assert.Equal((100, true), (page.Keys.Length, page.Truncated));
        Assert.Equal(101, _kms.Call(new ListKeysRequest { Limit = 1000 }).Keys.Length);
    }

    [Theory]
    [InlineData(0, "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")]
    [InlineData(1001, "Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000")]
    public void ListKeys_LimitOutOfBounds_IsRefused(int limit, string message) =>
        _kms.Refuses(new ListKeysRequest { Limit = limit }, "ValidationException", $"1 validation error detected: {message}");

    [Theory]
    [InlineData("x")]
    [InlineData("no base64!")]
    [InlineData("YWJj")]
    public void ListKeys_ForeignMarker_IsInvalidMarker(string marker) =>
        Assert.Equal("InvalidMarkerException", _kms.Error(new ListKeysRequest { Marker = marker }).Code);

    [Fact]
    public void ListKeys_MarkerOfAnotherListing_IsInvalidMarker()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Alias("alias/a", keyId);
        _kms.Alias("alias/b", keyId);
        string marker = _kms.Call(new ListAliasesRequest { Limit = 1 }).NextMarker!;

        Assert.Equal("InvalidMarkerException", _kms.Error(new ListKeysRequest { Marker = marker }).Code);
    }

    [Fact]
    public void ListKeys_MarkerOutsideTheModel_IsRefused()
    {
        Assert.Equal("ValidationException", _kms.Error(new ListKeysRequest { Marker = "" }).Code);
        Assert.Equal("ValidationException", _kms.Error(new ListKeysRequest { Marker = new string('A', 1025) }).Code);
        Assert.Equal("ValidationException", _kms.Error(new ListKeysRequest { Marker = "\u0100" }).Code);
        Assert.Equal("ValidationException", _kms.Error(new ListKeysRequest { Marker = "AAAA\n" }).Code);
    }
}
