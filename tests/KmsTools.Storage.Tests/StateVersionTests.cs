using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class StateVersionTests : StoreFixture
{
    private string StateFile => Path.Combine(Folder, "state.db");

    [Theory]
    [InFolder]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_CommitsOfThisAndOtherProcesses_GrowsWithEach(bool isMapped)
    {
        using IStateStore store = Open();
        using StateVersion version = new(StateFile, isMapped);
        long first = version.Read();
        Assert.Equal(first, version.Read());
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        long second = version.Read();
        Assert.True(second > first);
        Assert.Equal(second, version.Read());
        await ChildProcess.FinishAsync(ChildProcess.Start("change", Folder), Cancellation);
        Assert.True(version.Read() > second);
    }

    [Fact]
    public void Read_OwnCommit_GrowsByOne()
    {
        using IStateStore store = Open();
        long before = store.ReadVersion();
        for (int i = 1; i <= 3; i++)
        {
            Write(store, transaction => transaction.InsertKey(NewKey($"key-{i}")));
            Assert.Equal(before + i, store.ReadVersion());
        }
    }

    [Fact]
    [InFolder]
    public async Task Read_LogWasEmptiedAndBegunAnew_SeesTheNextCommit()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        long version = store.ReadVersion();
        for (int i = 0; i < 3; i++)
        {
            using (Sqlite.Database database = new(StateFile))
            {
                database.EmptyLog();
            }

            await ChildProcess.FinishAsync(ChildProcess.Start("change", Folder), Cancellation);
            long next = store.ReadVersion();
            Assert.True(next > version);
            version = next;
            Write(store, transaction => transaction.InsertKey(NewKey($"own-{i}")));
            Assert.True(store.ReadVersion() > version);
            version = store.ReadVersion();
        }

        Assert.Equal(7, Read(store, static reader => reader.CountKeys(Region)));
    }

    // What a process leaves that is killed while it writes the header.
    [Fact]
    [InFolder]
    public async Task Read_IndexWasRecovered_SeesTheNextCommit()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        long version = store.ReadVersion();
        for (int i = 0; i < 3; i++)
        {
            await ChildProcess.FinishAsync(ChildProcess.Start("damage index", Folder), Cancellation);
            Assert.Equal(i + 1, Read(store, static reader => reader.CountKeys(Region)));
            await ChildProcess.FinishAsync(ChildProcess.Start("change", Folder), Cancellation);
            Assert.True(store.ReadVersion() > version);
            version = store.ReadVersion();
            Assert.Equal(version, store.ReadVersion());
        }
    }

    [Fact]
    public void Read_TransactionRolledBack_StaysTheSame()
    {
        using IStateStore store = Open();
        long before = store.ReadVersion();
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.InsertKey(NewKey("key-1"));
        }

        Assert.Equal(before, store.ReadVersion());
    }

    [Fact]
    public async Task CommitAsync_ManyThreads_AllAreVisibleAfterwards()
    {
        using IStateStore store = Open();
        await Parallel.ForAsync(0, 200, Cancellation, async (i, _) =>
        {
            long before = store.ReadVersion();
            Task commit;
            using (IStateTransaction transaction = store.BeginTransaction())
            {
                transaction.InsertKey(NewKey($"key-{i}"));
                commit = transaction.CommitAsync();
            }

            await commit;
            Assert.True(store.ReadVersion() > before);
            Assert.False(store.IsUnsynced(StateItem.Key(Region, $"key-{i}")));
        });
        await store.WhenSyncedAsync();
        Assert.Equal(long.MaxValue, store.OldestUnsyncedCommit);
        Assert.Equal(200, Read(store, static reader => reader.CountKeys(Region)));
    }

    // Between the look at the version and a read past the caches, another process may commit.
    [Fact]
    [InFolder]
    public async Task IsUnsynced_AnotherStoreHasCommitted_IsTrueUntilThatIsSynced()
    {
        using IStateStore store = Open();
        using IStateStore other = Open();
        long version = store.ReadVersion();
        Assert.False(store.IsUnsynced(StateItem.Key(Region, "key-1")));
        Write(other, static transaction => transaction.InsertKey(NewKey("key-1")));
        Assert.True(store.IsUnsynced(StateItem.Key(Region, "key-1")));
        await store.WhenSyncedAsync();
        Assert.False(store.IsUnsynced(StateItem.Key(Region, "key-1")));
        Assert.Equal(version + 1, store.ReadVersion());
    }

    [Fact]
    public async Task FindOwnChanges_CommitsOfThisAndOtherProcesses_KnowsOwnOnesOnly()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-0")));
        long first = store.ReadVersion();
        long before = Read(store, static reader => reader.ReadChanges(null)).Number;
        Assert.Null(store.FindOwnChanges(first, first));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-2") with { DeletionDate = Time("2026-05-01T00:00:00Z") }));
        long second = store.ReadVersion();
        Assert.Equal(first + 2, second);
        RecentChanges changes = store.FindOwnChanges(first, second)!;
        Assert.Equal(before + 2, changes.Number);
        Assert.Equal([StateItem.Key(Region, "key-1"), StateItem.Key(Region, "key-2")], changes.Touched);
        Assert.Equal(Time("2026-05-01T00:00:00Z"), changes.EarliestDue);
        Assert.Null(store.FindOwnChanges(first, first + 1)!.EarliestDue);
        await ChildProcess.FinishAsync(ChildProcess.Start("change", Folder), Cancellation);
        Write(store, static transaction => transaction.InsertKey(NewKey("key-3")));
        long third = store.ReadVersion();
        Assert.Null(store.FindOwnChanges(first, third));
        Assert.Null(store.FindOwnChanges(second, third));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-4")));
        Assert.Equal([StateItem.Key(Region, "key-4")], store.FindOwnChanges(third, store.ReadVersion())!.Touched);
    }

    // A process that has changed much since it looked reads what the file says.
    [Fact]
    public void FindOwnChanges_MoreThanAreKept_IsNull()
    {
        using IStateStore store = Open();
        long first = store.ReadVersion();
        for (int i = 0; i < 257; i++)
        {
            Write(store, transaction => transaction.InsertKey(NewKey($"key-{i}")));
        }

        Assert.Null(store.FindOwnChanges(first, store.ReadVersion()));
        Assert.Equal(256, store.FindOwnChanges(first + 1, store.ReadVersion())!.Touched.Length);
    }

    internal static void DamageIndex(string folder)
    {
        using FileStream index = new(Path.Combine(folder, "state.db-shm"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        index.Position = 16;
        index.Write([1, 2, 3, 4]);
    }
}
