namespace KmsTools.Operations;

public sealed class ListResourceTagsTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListResourceTags_Pages_GiveEveryTagOnce()
    {
        KeyMetadata key = Create("e", "d", "c", "b", "a");

        ListResourceTagsResponse first = _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId, Limit = 2 });
        ListResourceTagsResponse second = _kms.Call(
            new ListResourceTagsRequest { KeyId = key.KeyId, Limit = 3, Marker = first.NextMarker });

        Assert.Equal(["a", "b"], first.Tags.Select(static tag => tag.TagKey));
        Assert.Equal(["c", "d", "e"], second.Tags.Select(static tag => tag.TagKey));
        Assert.Equal((true, false), (first.Truncated, second.Truncated));
        Assert.Null(second.NextMarker);
        Assert.All(_kms.Events("ListResourceTags"), static found => Assert.True(found.ReadOnly));
    }

    [Fact]
    public void ListResourceTags_TagsRemovedPageByPage_GoesOnBehindThem()
    {
        KeyMetadata key = Create("c", "B", "a", "b", "d");
        List<string> shown = [];
        string? marker = null;
        do
        {
            ListResourceTagsResponse page = _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId, Limit = 2, Marker = marker });
            string[] names = [.. page.Tags.Select(static tag => tag.TagKey!)];
            shown.AddRange(names);
            _kms.Call(new UntagResourceRequest { KeyId = key.KeyId, TagKeys = names });
            marker = page.NextMarker;
        }
        while (marker is not null);

        Assert.Equal(["B", "a", "b", "c", "d"], shown);
        Assert.Empty(_kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags);
    }

    [Fact]
    public void ListResourceTags_NoTags_IsEmpty()
    {
        ListResourceTagsResponse page = _kms.Call(new ListResourceTagsRequest { KeyId = _kms.CreateKey().KeyId });

        Assert.Empty(page.Tags);
        Assert.False(page.Truncated);
    }

    [Theory]
    [InlineData(null, 50)]
    [InlineData(49, 49)]
    [InlineData(1000, 50)]
    public void ListResourceTags_Limit_IsAtMostFifty(int? limit, int expected)
    {
        KeyMetadata key = Create([.. Enumerable.Range(0, 50).Select(static i => $"k{i}")]);

        ListResourceTagsResponse page = _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId, Limit = limit });

        Assert.Equal(expected, page.Tags.Length);
        Assert.Equal(expected < 50, page.Truncated);
    }

    [Fact]
    public void ListResourceTags_BadMarker_IsRefused()
    {
        KeyMetadata key = Create("a");

        foreach (string marker in (string[])["x", Marker.After("ListKeys", "a")])
        {
            Assert.Equal(
                "InvalidMarkerException",
                _kms.Refused(new ListResourceTagsRequest { KeyId = key.KeyId, Marker = marker }).ErrorCode);
        }
    }

    [Fact]
    public void ListResourceTags_Response_CannotChangeTheKey()
    {
        KeyMetadata key = Create("a");

        _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags[0].TagKey = "b";

        Assert.Equal("a", _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags[0].TagKey);
    }

    private KeyMetadata Create(params string[] tagKeys) =>
        _kms.Call(new CreateKeyRequest { Tags = [.. tagKeys.Select(static name => new Tag { TagKey = name, TagValue = "v" })] })
            .KeyMetadata;
}
