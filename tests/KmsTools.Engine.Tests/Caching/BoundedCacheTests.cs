namespace KmsTools.Caching;

public sealed class BoundedCacheTests
{
    private readonly List<string> _dropped = [];

    [Fact]
    public void Put_AsManyAsFit_DropsNone()
    {
        BoundedCache<int, string> cache = Filled(16);
        Assert.Empty(_dropped);
        Assert.All(Enumerable.Range(0, 16), name => Assert.True(cache.TryGet(name, out _)));
    }

    [Fact]
    public void Put_OneMore_DropsAnEighth()
    {
        BoundedCache<int, string> cache = Filled(17);
        Assert.Equal(2, _dropped.Count);
        Assert.Equal(15, Enumerable.Range(0, 17).Count(name => cache.TryGet(name, out _)));
    }

    [Fact]
    public void Put_SomeWereUsedSince_DropsOthers()
    {
        BoundedCache<int, string> cache = Filled(17);
        int[] kept = [.. Enumerable.Range(0, 16).Where(name => !_dropped.Contains($"{name}"))];
        int[] used = kept[..^4];
        Assert.All(used, name => Assert.True(cache.TryGet(name, out _)));
        _dropped.Clear();

        cache.Put(100, "100");
        cache.Put(101, "101");

        Assert.Equal(2, _dropped.Count);
        Assert.DoesNotContain(_dropped, name => used.Contains(int.Parse(name)));
    }

    [Fact]
    public void Put_NameIsTaken_ReplacesTheValueAndDropsTheFormer()
    {
        BoundedCache<int, string> cache = Filled(16);
        cache.Put(3, "new");
        Assert.Equal(["3"], _dropped);
        Assert.True(cache.TryGet(3, out string? value));
        Assert.Equal("new", value);
    }

    [Fact]
    public void RemoveAndClear_DropWhatWasThere()
    {
        BoundedCache<int, string> cache = Filled(3);
        cache.Remove(1);
        cache.Remove(7);
        Assert.Equal(["1"], _dropped);
        cache.Clear();
        Assert.Equal(["0", "1", "2"], _dropped.Order());
        Assert.False(cache.TryGet(0, out _));
    }

    [Fact]
    public void TryGet_ByAnotherFormOfTheName_FindsWhatTheComparerCallsTheSame()
    {
        BoundedCache<string, string> cache = new(16, comparer: StringComparer.OrdinalIgnoreCase);
        cache.Put("Name", "value");
        Assert.True(cache.TryGet("a name".AsSpan(2), out string? value));
        Assert.Equal("value", value);
        Assert.False(cache.TryGet("a name".AsSpan(), out _));
    }

    private BoundedCache<int, string> Filled(int count)
    {
        BoundedCache<int, string> cache = new(16, _dropped.Add);
        for (int i = 0; i < count; i++)
        {
            cache.Put(i, $"{i}");
        }

        return cache;
    }
}
