using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class TransactionTests : StoreFixture
{
    [Fact]
    public void InsertKey_NotCommitted_OthersDoNotSeeIt()
    {
        using IStateStore store = Open();
        using IStateTransaction transaction = store.BeginTransaction();
        transaction.InsertKey(NewKey("key-1"));
        Assert.NotNull(transaction.FindKey(Region, "key-1"));
        Assert.Null(Read(store, static reader => reader.FindKey(Region, "key-1")));
        transaction.Commit();
        Assert.NotNull(Read(store, static reader => reader.FindKey(Region, "key-1")));
    }

    [Fact]
    public void OpenReader_ChangeAfterFirstRead_StaysUnseen()
    {
        using IStateStore store = Open();
        using IStateReader reader = store.OpenReader();
        Assert.Equal(0, reader.CountKeys(Region));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        Assert.Equal(0, reader.CountKeys(Region));
        Assert.Equal(1, Read(store, static other => other.CountKeys(Region)));
    }

    [Fact]
    public void Dispose_WithoutCommit_UndoesStateAndEvents()
    {
        using IStateStore store = Open();
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.InsertKey(NewKey("key-1"));
            transaction.Append(NewEvent("1"));
        }

        Assert.Null(Read(store, static reader => reader.FindKey(Region, "key-1")));
        Assert.Empty(store.Events.Query(new EventQuery()));
    }

    // A database on another machine is told of it with the next query.
    [Fact]
    public void InsertKey_IdIsTaken_IsNotCommitted()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        Assert.Throws<StateStoreException>(() => Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("key-2"));
            transaction.InsertKey(NewKey("key-1"));
        }));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-3")));
        Assert.Equal(["key-1", "key-3"], Read(store, static reader => reader.ListKeyIds(Region, null, 9)));
    }

    [Fact]
    [InFolder]
    public void InsertKey_IdIsTaken_ThrowsAndTransactionGoesOn()
    {
        using IStateStore store = Open();
        using IStateTransaction transaction = store.BeginTransaction();
        transaction.InsertKey(NewKey("key-1"));
        Assert.Throws<StateStoreException>(() => transaction.InsertKey(NewKey("key-1")));
        transaction.InsertKey(NewKey("key-2"));
        transaction.Commit();
        Assert.Equal(2, Read(store, static reader => reader.CountKeys(Region)));
    }

    [Fact]
    public void Dispose_StoreDuringTransaction_TransactionStillEnds()
    {
        IStateStore store = Open();
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            store.Dispose();
        }

        Assert.Throws<ObjectDisposedException>(() => store.BeginTransaction());
        Assert.Throws<ObjectDisposedException>(() => store.ReadVersion());
        using IStateStore again = Open();
        Write(again, static transaction => transaction.InsertKey(NewKey("key-1")));
    }
}
