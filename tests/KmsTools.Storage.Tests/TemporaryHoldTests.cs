using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>Temporary stores whose process has died are deleted when another one is created.</summary>
public sealed class TemporaryHoldTests : StoreFixture
{
    [Fact]
    public void Open_StoresBesideItThatNobodyHolds_AreDeletedAndNoOthers()
    {
        string abandoned = NewFolder("in-use.lock");
        string held = NewFolder("in-use.lock");
        string neverHeld = NewFolder("other.lock");
        string withOtherName = Path.Combine(Folder, "kmstools-lab");
        Directory.CreateDirectory(withOtherName);
        File.WriteAllText(Path.Combine(withOtherName, "in-use.lock"), "");
        using FileStream hold = new(Path.Combine(held, "in-use.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        using IStateStore first = OpenTemporary(NewName());
        using IStateStore second = OpenTemporary(NewName());

        Assert.False(Directory.Exists(abandoned));
        Assert.True(Directory.Exists(held));
        Assert.True(Directory.Exists(neverHeld));
        Assert.True(Directory.Exists(withOtherName));
        Assert.True(File.Exists(Path.Combine(first.Folder, "state.db")));
        Assert.True(File.Exists(Path.Combine(second.Folder, "state.db")));
    }

    [Fact]
    public void Open_FolderWithAnotherName_DeletesNothing()
    {
        string abandoned = NewFolder("in-use.lock");

        using IStateStore store = OpenTemporary(Path.Combine(Folder, "store"));

        Assert.True(Directory.Exists(abandoned));
    }

    [Fact]
    public void Dispose_TemporaryStore_LeavesNothing()
    {
        string folder = NewName();
        using (IStateStore store = OpenTemporary(folder))
        {
            Assert.True(File.Exists(Path.Combine(folder, "in-use.lock")));
        }

        Assert.False(Directory.Exists(folder));
    }

    private static IStateStore OpenTemporary(string folder) =>
        new StoreFactory().Open(new StateStoreOptions { Folder = folder, Temporary = true });

    private string NewName() => Path.Combine(Folder, Path.GetFileName(TemporaryStoreFolder.New()));

    private string NewFolder(string file)
    {
        string folder = NewName();
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, file), "");
        return folder;
    }
}
