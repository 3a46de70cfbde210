using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11.Tests.TokenFolders;

public sealed class DurableFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-folders-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Publish_NameIsFree_FolderHasIt()
    {
        string made = Make("made", "content");
        DurableFolder.Publish(made, In("name"));
        Assert.False(Directory.Exists(made));
        Assert.Equal("content", File.ReadAllText(In("name/file")));
    }

    [Fact]
    public void Publish_NameIsTaken_BothStay()
    {
        string made = Make("made", "content");
        Make("full", "other");
        Directory.CreateDirectory(In("empty"));
        Assert.ThrowsAny<IOException>(() => DurableFolder.Publish(made, In("full")));
        Assert.ThrowsAny<IOException>(() => DurableFolder.Publish(made, In("empty")));
        Assert.Equal("content", File.ReadAllText(In("made/file")));
        Assert.Equal("other", File.ReadAllText(In("full/file")));
        Assert.Empty(Directory.GetFileSystemEntries(In("empty")));
    }

    [Fact]
    public void TryExchange_BothAreThere_EachHasTheContentOfTheOther()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Only Linux and macOS exchange two folders.");
        Assert.True(DurableFolder.TryExchange(Make("a", "of a"), Make("b", "of b")));
        Assert.Equal(("of b", "of a"), (File.ReadAllText(In("a/file")), File.ReadAllText(In("b/file"))));
        Assert.False(DurableFolder.TryExchange(In("a"), In("nowhere")));
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Make(string name, string content)
    {
        DurableFolder.Create(In(name));
        DurableFolder.Write(In(name + "/file"), System.Text.Encoding.UTF8.GetBytes(content));
        return In(name);
    }
}
