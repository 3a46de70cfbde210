namespace KmsTools.Identifiers;

/// <summary>IDs of clusters, on both sides of what is valid.</summary>
public sealed class ClusterIdTests
{
    [Theory]
    [InlineData("cluster-abcdefghijk")]
    [InlineData("cluster-234567ABCDZ")]
    [InlineData("cluster-abcdefghijklmnop")]
    public void Parse_Valid_IsTheText(string text)
    {
        Assert.True(ClusterId.TryParse(text, out ClusterId cluster));
        Assert.Equal(text, cluster.ToString());
        Assert.Equal(text, (string)ClusterId.Parse(text));
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("cluster-abcdefghij", "'cluster-abcdefghij'")]
    [InlineData("cluster-abcdefghijklmnopq", "'cluster-abcdefghijklmnopq'")]
    [InlineData("cluster-abcdefghij1", "'cluster-abcdefghij1'")]
    [InlineData("cluster-abcdefghij8", "'cluster-abcdefghij8'")]
    [InlineData("Cluster-abcdefghijk", "'Cluster-abcdefghijk'")]
    [InlineData("abcdefghijk", "'abcdefghijk'")]
    [InlineData("cluster-abcdefghijk\n", "'cluster-abcdefghijk\\u000A'")]
    [InlineData("cluster-abcdefghijk\0", "'cluster-abcdefghijk\\u0000'")]
    [InlineData(" cluster-abcdefghijk", "' cluster-abcdefghijk'")]
    public void Parse_Malformed_ShowsTheTextAndTheShape(string text, string shown)
    {
        Assert.False(ClusterId.TryParse(text, out ClusterId cluster));
        Assert.Equal(default, cluster);
        Assert.Equal(
            $"{shown} is not a valid cluster ID: use cluster- and 11 to 16 characters of 2-7, a-z and A-Z.",
            Assert.Throws<ArgumentException>(() => ClusterId.Parse(text)).Message);
    }

    [Fact]
    public void Create_IsValidAndAnotherOneEachTime()
    {
        ClusterId one = ClusterId.Create();

        Assert.Equal(one, ClusterId.Parse(one));
        Assert.Equal("cluster-".Length + 11, one.ToString().Length);
        Assert.NotEqual(one, ClusterId.Create());
    }

    [Fact]
    public void Default_IsNoCluster() => Assert.Throws<InvalidOperationException>(static () => default(ClusterId).ToString());
}
