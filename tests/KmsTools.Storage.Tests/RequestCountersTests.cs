using System.Diagnostics;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class RequestCountersTests : StoreFixture
{
    [Fact]
    public void TryCount_BothSidesOfTheLimit_StartsAnewWithTheSecond()
    {
        using IStateStore store = Open();
        Assert.True(store.Requests.TryCount("a", 100, 1, 3));
        Assert.True(store.Requests.TryCount("a", 100, 2, 3));
        Assert.False(store.Requests.TryCount("a", 100, 1, 3));
        Assert.True(store.Requests.TryCount("b", 100, 3, 3));
        Assert.True(store.Requests.TryCount("a", 101, 3, 3));
        Assert.False(store.Requests.TryCount("a", 101, 1, 3));
    }

    [Fact]
    public void TryCount_RequestsThatAreTooMany_AreNotCounted()
    {
        using IStateStore store = Open();
        Assert.False(store.Requests.TryCount("a", 100, 4, 3));
        Assert.True(store.Requests.TryCount("a", 100, 3, 3));
        Assert.False(store.Requests.TryCount("c", 100, 1, 0));
    }

    [Fact]
    public void TryCount_ThreadThatIsLate_CountsInTheNewSecond()
    {
        using IStateStore store = Open();
        Assert.True(store.Requests.TryCount("a", 101, 1, 2));
        Assert.True(store.Requests.TryCount("a", 100, 1, 2));
        Assert.False(store.Requests.TryCount("a", 101, 1, 2));
    }

    [Fact]
    public void TryCount_ClockSetBack_DoesNotCountInTheFuture()
    {
        using IStateStore store = Open();
        Assert.True(store.Requests.TryCount("a", 5000, 2, 2));
        Assert.True(store.Requests.TryCount("a", 100, 1, 2));
    }

    [Fact]
    public async Task TryCount_ThreeProcesses_CountTogether()
    {
        using IStateStore store = Open();
        Process[] children = [.. Enumerable.Range(0, 3).Select(_ => ChildProcess.Start("count requests", Folder))];
        string[] counted = await Task.WhenAll(children.Select(child => ChildProcess.FinishAsync(child, Cancellation)));
        int sum = counted.Sum(int.Parse);
        if (TestStores.AreShared)
        {
            // Each has an eighth of the rest in advance, and takes what it has not used of that with it.
            Assert.InRange(sum, 50_000 * 5 / 8, 50_000);
            return;
        }

        Assert.Equal(50_000, sum);
        Assert.False(store.Requests.TryCount("a", 1, 1, 50_000));
    }

    [Fact]
    [InFolder]
    public void Dispose_Temporary_TheFileIsGoneAsWell()
    {
        IStateStore store = new StoreFactory().Open(new StateStoreOptions { Folder = Folder, Temporary = true });
        Assert.True(store.Requests.TryCount("a", 1, 1, 1));
        Assert.True(File.Exists(Path.Combine(Folder, "requests.map")));
        store.Dispose();
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    [InFolder]
    public void TryCount_FirstTime_TheFileIsForItsOwnerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no Unix file modes.");
        using IStateStore store = Open();
        store.Requests.TryCount("a", 1, 1, 1);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(Path.Combine(Folder, "requests.map")));
        }
    }
}
