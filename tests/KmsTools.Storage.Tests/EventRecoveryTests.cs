using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Tests;

/// <summary>What processes that were killed leave, and what the next one makes of it.</summary>
public sealed class EventRecoveryTests : StoreFixture
{
    private string Segment => Path.Combine(Folder, "events", "00000001.log");

    private string State => Path.Combine(Folder, "state.db");

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(100)]
    public void Open_LastRecordIsIncomplete_IsCutOffAndTold(int bytes)
    {
        long length = Fill("1", "2");
        using (FileStream file = File.OpenWrite(Segment))
        {
            file.SetLength(length + bytes);
            file.Position = length;
            file.Write(((byte[])[0x40, 1]).AsSpan(0, Math.Min(bytes, 2)));
        }

        using IStateStore store = Open();
        store.Events.Append(NewEvent("3"));
        Assert.Equal(["1", "2", "3"], Ids(store.Events.Query(new EventQuery())));
        EventSegment segment = Assert.Single(store.Events.ListSegments());
        Assert.Equal((1, 3, bytes), (segment.Number, segment.Events, segment.CutBytes));
        Assert.All(store.Events.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
        Assert.Equal([new EventLogRepair(1, length, bytes, IsDamaged: false)], store.Events.Repairs);
    }

    [Fact]
    public void Open_ARecordIsDamaged_IsGivenUpUnchangedAndSaysWhere()
    {
        long length = Fill("1", "2", "3");
        byte[] bytes = File.ReadAllBytes(Segment);
        long second = SegmentHeader.Size + ((length - SegmentHeader.Size) / 3);
        bytes[second + 30] ^= 1;
        File.WriteAllBytes(Segment, bytes);

        using IStateStore store = Open();
        store.Events.Append(NewEvent("4"));
        Assert.Equal(bytes, File.ReadAllBytes(Segment));
        Assert.Equal(["1", "4"], Ids(store.Events.Query(new EventQuery())));
        Assert.Equal([EventSegmentState.BROKEN, EventSegmentState.OPEN], store.Events.ListSegments().Select(static one => one.State));
        EventSegmentVerification damaged = store.Events.Verify([]).Single(static result => result.Number == 1);
        Assert.Equal((EventSegmentStatus.DAMAGED, second, 1), (damaged.Status, damaged.Position, damaged.Events));
        Assert.Equal([new EventLogRepair(1, second, length - second, IsDamaged: true)], store.Events.Repairs);
    }

    [Theory]
    [InlineData("cut", 1, 300)]
    [InlineData("earlier", 1, 598)]
    [InlineData("gone", 1, 600)]
    public void Open_EventsThatWereIndexedAreNotThere_IsToldOnce(string what, int segment, long missing)
    {
        Fill("1", "2");
        string events = Path.GetDirectoryName(Segment)!;
        byte[] earlier = File.ReadAllBytes(Segment);
        long length = Fill([.. Enumerable.Range(3, 598).Select(static i => $"{i}")]);
        switch (what)
        {
            case "cut":
                using (FileStream file = File.OpenWrite(Segment))
                {
                    // The IDs of the first events are shorter: 299 are left, and a part of the next.
                    file.SetLength(SegmentHeader.Size + ((length - SegmentHeader.Size) / 2));
                }

                break;
            case "earlier":
                File.WriteAllBytes(Segment, earlier);
                break;
            default:
                Directory.Delete(events, recursive: true);
                break;
        }

        using (IStateStore store = Open())
        {
            EventLogRepair repair = Assert.Single(store.Events.Repairs);
            Assert.Equal((segment, missing, what == "gone"), (repair.Segment, repair.MissingEvents, repair.IsDamaged));
            Assert.Equal(600 - missing, store.Events.Query(new EventQuery()).LongCount());
        }

        using IStateStore again = Open();
        Assert.Empty(again.Events.Repairs);
    }

    [Fact]
    public void Open_CommitWasNotAppended_IsAppendedOnce()
    {
        long length = Fill("1");
        PutRow(7, length, "m1", "m2");
        for (int i = 0; i < 3; i++)
        {
            using IStateStore store = Open();
            Assert.Equal(["1", "m1", "m2"], Ids(store.Events.Query(new EventQuery())));
            Assert.Empty(Rows());
        }
    }

    // Killed after the events were appended and before the row forgot them: again and again, nothing is there twice.
    [Fact]
    public void Open_CommitWasAppendedInPart_OnlyTheRestIsAppended()
    {
        long length = Fill("1");
        PutRow(7, length, "m1", "m2");
        Open().Dispose();
        PutRow(8, length, "m3");
        PutRow(7, length, "m1", "m2");
        using IStateStore store = Open();
        Assert.Equal(["1", "m1", "m2", "m3"], Ids(store.Events.Query(new EventQuery())));
    }

    [Fact]
    public void Open_SegmentOfTheCommitIsGone_EventIsNotLost()
    {
        long length = Fill("1");
        PutRow(7, length, "m1");
        File.Delete(Segment);
        using IStateStore store = Open();
        Assert.Equal(["m1"], Ids(store.Events.Query(new EventQuery())));
        Assert.Empty(Rows());
        Assert.Equal(EventSegmentStatus.MISSING, store.Events.Verify([]).Single(static result => result.Number == 1).Status);
    }

    [Fact]
    public void Open_AnotherProcessHasTheSegment_ItsCommitIsLeftToIt()
    {
        using IStateStore first = Open();
        first.Events.Append(NewEvent("1"));
        PutRow(7, new FileInfo(Segment).Length, "m1");
        using IStateStore second = Open();
        second.Events.Append(NewEvent("2"));
        Assert.Equal(["1", "2"], Ids(second.Events.Query(new EventQuery())));
        Assert.Equal(["1", "2"], Ids(first.Events.Query(new EventQuery())));
        Assert.Single(Rows());
        Assert.Equal([1, 2], first.Events.ListSegments().Select(static segment => segment.Number));
    }

    [Fact]
    public void Open_SegmentsThatNobodyHas_AreContinued()
    {
        for (int i = 0; i < 3; i++)
        {
            using IStateStore one = Open();
            using IStateStore other = Open();
            one.Events.Append(NewEvent($"{i}"));
            other.Events.Append(NewEvent($"{i}"));
        }

        using IStateStore store = Open();
        Assert.Equal([3, 3], store.Events.ListSegments().Select(static segment => (int)segment.Events));
    }

    [Fact]
    public void Commit_NumbersOfCommits_AreNeverUsedTwice()
    {
        using (IStateStore store = Open())
        {
            Write(store, static transaction => transaction.Append(NewEvent("1")));
            Write(store, static transaction => transaction.Append(NewEvent("2")));
        }

        Assert.Empty(Rows());
        using (IStateStore store = Open())
        {
            Write(store, static transaction => transaction.Append(NewEvent("3")));
        }

        using Database database = new(State);
        Assert.Equal(3, database.ReadNumber("SELECT max(number) FROM commits"));
    }

    [Fact]
    public void Query_IndexIsDeletedOrDamaged_IsMadeAgain()
    {
        string index = Path.Combine(Folder, "events.db");
        Fill([.. Enumerable.Range(0, 600).Select(static i => $"{i}")]);
        foreach (Action harm in (Action[])[() => File.Delete(index), () => File.WriteAllText(index, new string('x', 9000))])
        {
            foreach (string log in Directory.GetFiles(Folder, "events.db-*"))
            {
                File.Delete(log);
            }

            harm();
            using IStateStore store = Open();
            Assert.Equal(600, store.Events.Query(new EventQuery { KeyId = "key-1" }).Count());
            Assert.Equal("599", store.Events.FindLastUsage(Region, "key-1")!.EventId);
        }
    }

    // The index knows more of a segment than a power loss has left of it.
    [Fact]
    public void Query_SegmentIsShorterThanItsIndex_IndexIsMadeAgain()
    {
        Fill([.. Enumerable.Range(0, 600).Select(static i => $"{i}")]);
        byte[] bytes = File.ReadAllBytes(Segment);
        File.WriteAllBytes(Segment, bytes[..(SegmentHeader.Size + ((bytes.Length - SegmentHeader.Size) / 2))]);
        using IStateStore store = Open();
        int count = store.Events.Query(new EventQuery()).Count();
        Assert.InRange(count, 290, 310);
        store.Events.Append(NewEvent("after"));
        Assert.Equal(count + 1, store.Events.Query(new EventQuery()).Count());
    }

    private long Fill(params string[] events)
    {
        using IStateStore store = Open();
        foreach (string id in events)
        {
            store.Events.Append(NewEvent(id));
        }

        return new FileInfo(Segment).Length;
    }

    private void PutRow(long number, long length, params string[] events)
    {
        using Database database = new(State);
        byte[] frames = [.. events.SelectMany(id =>
        {
            byte[] frame = EventCodec.Encode(NewEvent(id), DateTime.UtcNow.Ticks);
            EventCodec.SetCommit(Frame.Body(frame.AsSpan()), number);
            return frame;
        })];
        database.Execute($"DELETE FROM commits WHERE number = {number}");
        new CommitsTable(database).Insert(new StateCommit(number, []), new OutboxItem(number, 1, length, frames));
    }

    private ImmutableArray<OutboxItem> Rows()
    {
        using Database database = new(State);
        return new CommitsTable(database).ListEvents();
    }
}
