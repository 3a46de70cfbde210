using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Tests;

namespace KmsTools.PostgreSql.Events;

/// <summary>Two nodes on a whole store in a database.</summary>
public sealed class ChangeEventsTests : StoreFixture
{
    private StateStoreOptions Options => new() { Folder = Folder, Shared = TestStores.Shared(Folder) };

    [Fact]
    public void Append_ChangesOfTwoNodes_AreInTheLogExactlyWithTheirChange()
    {
        using IStateStore first = new StoreFactory().Open(Options);
        using IStateStore second = new StoreFactory().Open(Options);
        Write(first, static transaction => transaction.Append(NewEvent("1")));
        using (IStateTransaction withdrawn = first.BeginTransaction())
        {
            withdrawn.Append(NewEvent("withdrawn"));
        }

        Write(second, static transaction =>
        {
            transaction.Append(NewEvent("2"));
            transaction.Append(NewEvent("3"));
        });
        Write(first, static transaction => transaction.Append(NewEvent("4")));
        second.Events.Append(NewEvent("5"));
        Assert.Equal(["1", "2", "3", "4", "5"], Ids(first.Events.Query(new EventQuery())));
        Assert.All(first.Events.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));

        // The number of the commit is in the event, as in the files of a folder.
        string[] bodies = TestStores.Server.Query(
            TestStores.DatabaseOf(Folder), "SELECT encode(body, 'hex') FROM events ORDER BY time, recorded").Split('\n');
        long[] commits = [.. bodies.Select(static body => EventCodec.ReadCommit(Convert.FromHexString(body)))];
        Assert.Equal(commits[0] + 1, commits[1]);
        Assert.Equal([commits[1], commits[1] + 1, 0], commits[2..]);
    }

    [Fact]
    public void Append_SegmentWasContinuedByAnotherNode_NothingOfTheChangeIsSaved()
    {
        using IStateStore first = new StoreFactory().Open(Options);
        Write(first, static transaction => transaction.Append(NewEvent("1")));
        string database = TestStores.DatabaseOf(Folder);
        string number = TestStores.Server.Query(database, "SELECT number FROM event_segments WHERE lane = 'changes'");
        TestStores.Server.Query(database, $"UPDATE event_segments SET node = 'other' WHERE number = {number}");
        Assert.Throws<StateStoreException>(() => Write(first, static transaction =>
        {
            transaction.InsertKey(NewKey("key-9"));
            transaction.Append(NewEvent("2"));
        }));
        Assert.Null(Read(first, static reader => reader.FindKey(Region, "key-9")));
        Write(first, static transaction => transaction.Append(NewEvent("3")));
        Assert.Equal(["1", "3"], Ids(first.Events.Query(new EventQuery())));
    }
}
