namespace KmsTools.Persistence;

/// <summary>What names a database, and what names a folder.</summary>
public sealed class SharedStoreOptionsTests
{
    [Theory]
    [InlineData("Host=db1;Database=kms", true)]
    [InlineData("Database=kms; host = db1", true)]
    [InlineData("HOST=db1", true)]
    [InlineData("/srv/kms", false)]
    [InlineData(@"C:\kms", false)]
    [InlineData("./Host", false)]
    [InlineData("HostName=db1;Database=kms", false)]
    [InlineData("Server=db1;Database=kms", false)]
    [InlineData("", false)]
    public void IsConnectionString_TextOfAUser_IsOneWithAHost(string text, bool expected) =>
        Assert.Equal(expected, SharedStoreOptions.IsConnectionString(text));

    [Theory]
    [InlineData("Server=db1;Database=kms", true)]
    [InlineData("Hots=db1;Database=kms;", true)]
    [InlineData("Host=db1;Database=kms", false)]
    [InlineData("/srv/a=b;c=d", false)]
    [InlineData("a=b", false)]
    [InlineData("lab;old", false)]
    [InlineData("", false)]
    public void LacksHost_TextOfAUser_IsPairsWithoutAHost(string text, bool expected) =>
        Assert.Equal(expected, SharedStoreOptions.LacksHost(text));

    [Fact]
    public void SharedStoreFolderOf_Locations_IsAFolderPerDatabaseThatNamesIt()
    {
        string first = SharedStoreFolder.Of("Host=db1,db2;Port=5432;Database=kms");
        Assert.Equal(first, SharedStoreFolder.Of("Host=db1,db2;Port=5432;Database=kms"));
        Assert.Matches("^Host-db1-db2-Port-5432-Database-kms-[0-9a-f]{8}$", Path.GetFileName(first));
        Assert.Equal("shared", Path.GetFileName(Path.GetDirectoryName(first)));
        Assert.True(Path.IsPathRooted(first));

        // Other characters are not in the name, and tell databases apart all the same.
        string[] similar = ["Host=a;Database=x/y", "Host=a;Database=x-y", "Host=a;Database=x y", "Host=a;Database=../../x"];
        Assert.Equal(similar.Length, similar.Select(SharedStoreFolder.Of).Distinct().Count());
        Assert.All(similar, location => Assert.Equal(
            Path.GetDirectoryName(first), Path.GetDirectoryName(Path.GetFullPath(SharedStoreFolder.Of(location)))));
        Assert.True(Path.GetFileName(SharedStoreFolder.Of("Host=" + new string('a', 1000))).Length < 120);
    }
}
