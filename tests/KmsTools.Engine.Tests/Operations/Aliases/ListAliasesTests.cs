namespace KmsTools.Operations;

public sealed class ListAliasesTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListAliases_OfOneKey_ShowsThoseOnly()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/mine", key.KeyId);
        _kms.Alias("alias/other", _kms.CreateKey().KeyId);

        ListAliasesResponse page = _kms.Call(new ListAliasesRequest { KeyId = key.Arn });

        AliasListEntry alias = Assert.Single(page.Aliases);
        Assert.Equal("alias/mine", alias.AliasName);
        Assert.Equal("arn:aws:kms:us-east-1:111122223333:alias/mine", alias.AliasArn);
        Assert.Equal(key.KeyId, alias.TargetKeyId);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), alias.CreationDate);
        Assert.Equal((false, null), (page.Truncated, page.NextMarker));
    }

    [Fact]
    public void ListAliases_ManyAliases_Shows50OrAtMost100()
    {
        for (int key = 0; key < 3; key++)
        {
            string keyId = _kms.CreateKey().KeyId;
            for (int i = 0; i < 50; i++)
            {
                _kms.Alias($"alias/{key}/{i}", keyId);
            }
        }

        Assert.Equal(50, _kms.Call(new ListAliasesRequest()).Aliases.Length);
        ListAliasesResponse first = _kms.Call(new ListAliasesRequest { Limit = 1000 });
        Assert.Equal((100, true), (first.Aliases.Length, first.Truncated));
        ListAliasesResponse second = _kms.Call(new ListAliasesRequest { Limit = 100, Marker = first.NextMarker });
        Assert.Equal((50, false, null), (second.Aliases.Length, second.Truncated, second.NextMarker));
        Assert.Equal(150, first.Aliases.Concat(second.Aliases).Select(alias => alias.AliasName).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ListAliases_LimitOutOfBounds_IsRefused(int limit) =>
        Assert.Equal("ValidationException", _kms.Error(new ListAliasesRequest { Limit = limit }).Code);

    [Fact]
    public void ListAliases_ForeignMarker_IsInvalidMarker() =>
        Assert.Equal("InvalidMarkerException", _kms.Error(new ListAliasesRequest { Marker = "eA==" }).Code);
}
