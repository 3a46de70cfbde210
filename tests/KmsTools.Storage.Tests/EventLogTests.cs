using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class EventLogTests : StoreFixture
{
    [Fact]
    public void Query_EveryProperty_ComesBackFromBothLanes()
    {
        using IStateStore store = Open();
        AuditRecord record = new(
            "id-1", Time("2026-03-04T05:06:07.089Z"), "ReEncrypt", Region, "key-1", "key-2", "KMSInvalidStateException", false, new byte[] {
                123,
                125 });
        Write(store, transaction => transaction.Append(record));
        store.Events.Append(record with { EventId = "id-2" });
        AuditRecord[] found = [.. store.Events.Query(new EventQuery())];
        Assert.Equal(["id-1", "id-2"], Ids(found));
        Assert.All(found, one => Assert.Equal(record, one with { EventId = "id-1", Json = record.Json }));
        Assert.All(found, one => Assert.Equal(record.Json.ToArray(), one.Json.ToArray()));
    }

    [Fact]
    public void Query_AfterAndBefore_IncludeTheirMomentAndNothingBeyond()
    {
        using IStateStore store = Open();
        store.Events.Append(NewEvent("1", "2026-01-01T00:00:00.000Z"));
        Write(store, static transaction => transaction.Append(NewEvent("2", "2026-01-01T00:00:00.001Z")));
        store.Events.Append(NewEvent("3", "2026-01-01T00:00:00.002Z"));
        DateTimeOffset middle = Time("2026-01-01T00:00:00.001Z");
        Assert.Equal(["2", "3"], Ids(store.Events.Query(new EventQuery { After = middle })));
        Assert.Equal(["3"], Ids(store.Events.Query(new EventQuery { After = middle.AddTicks(1) })));
        Assert.Equal(["1", "2"], Ids(store.Events.Query(new EventQuery { Before = middle })));
        Assert.Equal(["1"], Ids(store.Events.Query(new EventQuery { Before = middle.AddTicks(-1) })));
        Assert.Equal(["2"], Ids(store.Events.Query(new EventQuery { After = middle, Before = middle, Last = 5 })));
        Assert.Equal(["1", "2"], Ids(store.Events.Query(new EventQuery { Before = middle, Last = 2 })));
    }

    [Fact]
    public void Query_ByNameKeyAndRegion_AllConditionsHold()
    {
        using IStateStore store = Open();
        store.Events.Append(NewEvent("1", keyId: "a", secondKeyId: "b", name: "ReEncrypt"));
        store.Events.Append(NewEvent("2", keyId: "b"));
        store.Events.Append(NewEvent("3", keyId: "b", secondKeyId: "b", name: "ReEncrypt", region: "us-west-2"));
        store.Events.Append(NewEvent("4", keyId: null, name: "CreateKey"));
        Assert.Equal(["1", "2", "3"], Ids(store.Events.Query(new EventQuery { KeyId = "b" })));
        Assert.Equal(["1", "3"], Ids(store.Events.Query(new EventQuery { KeyId = "b", EventName = "reencrypt" })));
        Assert.Equal(["1"], Ids(store.Events.Query(new EventQuery { KeyId = "b", EventName = "reencrypt", Region = Region })));
        Assert.Equal(["2", "3"], Ids(store.Events.Query(new EventQuery { KeyId = "b", Last = 2 })));
        Assert.Equal(["4"], Ids(store.Events.Query(new EventQuery { EventName = "CREATEKEY" })));
        Assert.Empty(store.Events.Query(new EventQuery { Last = 0 }));
    }

    [Fact]
    public async Task Query_PartIsIndexedAndPartIsNot_GivesEachEventOnceInOrder()
    {
        using IStateStore store = Open();
        const int Count = (EventUpkeep.IndexBatch * 2) + 100;

        // Times run in the other direction and meet, as those of several processes may.
        await AppendAsync(store, Enumerable.Range(0, Count).Select(static i => NewEvent(
            $"{i}", Time("2026-01-01T00:00:00Z").AddSeconds(-(i / 3)).ToString("O"), keyId: i % 2 == 0 ? "even" : "odd")));

        string[] expected = [.. Enumerable.Range(0, Count).GroupBy(static i => i / 3).Reverse().SelectMany(static i => i)
            .Select(static i => $"{i}")];
        Assert.Equal(expected, Ids(store.Events.Query(new EventQuery())));
        Assert.Equal(expected[^700..], Ids(store.Events.Query(new EventQuery { Last = 700 })));
        string[] even = [.. expected.Where(static i => int.Parse(i) % 2 == 0)];
        Assert.Equal(even, Ids(store.Events.Query(new EventQuery { KeyId = "even" })));
        Assert.Equal(even[^3..], Ids(store.Events.Query(new EventQuery { KeyId = "even", Last = 3 })));
    }

    [Fact]
    public async Task Query_EventsAppendedWhileReading_EndsWithThoseOfTheStart()
    {
        using IStateStore store = Open();
        await AppendAsync(store, Enumerable.Range(0, 600).Select(static i => NewEvent($"{i}")));

        int seen = 0;
        foreach (AuditRecord found in store.Events.Query(new EventQuery()))
        {
            Assert.Equal($"{seen++}", found.EventId);
            store.Events.Append(NewEvent("later"));
        }

        Assert.Equal(600, seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(EventUpkeep.IndexBatch)]
    public async Task FindLastUsage_NewestUseOfTheRegion_IsFound(int laterEvents)
    {
        using IStateStore store = Open();
        store.Events.Append(NewEvent("old", "2026-01-01T00:00:00Z"));
        store.Events.Append(NewEvent("newest", "2026-01-03T00:00:00Z", keyId: "key-2", secondKeyId: "key-1"));
        store.Events.Append(NewEvent("late", "2026-01-02T00:00:00Z"));
        store.Events.Append(NewEvent("no use", "2026-01-04T00:00:00Z", isUse: false));
        store.Events.Append(NewEvent("elsewhere", "2026-01-05T00:00:00Z", region: "us-west-2"));
        await AppendAsync(
            store, Enumerable.Range(0, laterEvents).Select(static _ => NewEvent("other", "2026-01-06T00:00:00Z", keyId: "key-3")));

        Assert.Equal("newest", store.Events.FindLastUsage(Region, "key-1")!.EventId);
        Assert.Equal("newest", store.Events.FindLastUsage(Region, "key-2")!.EventId);
        Assert.Equal("elsewhere", store.Events.FindLastUsage("us-west-2", "key-1")!.EventId);
        Assert.Null(store.Events.FindLastUsage(Region, "key-9"));
    }

    [Theory]
    [InFolder]
    [InlineData("FROM event_lists WHERE segment = 1 AND kind = 'all' AND term = ''", "(segment=? AND kind=? AND term=?)")]
    [InlineData(
        "FROM event_lists WHERE segment = 1 AND kind = 'key' AND term = 'a' AND block = 5", "(segment=? AND kind=? AND term=? AND block=?)")]
    public void Lists_AreFoundByTheirNames(string sql, string expected)
    {
        Open().Dispose();
        using Database database = new(Path.Combine(Folder, "events.db"));
        Statement explain = new(database, "EXPLAIN QUERY PLAN SELECT events " + sql);
        Assert.Equal(
            "SEARCH event_lists USING PRIMARY KEY " + expected, Assert.Single(explain.List(static row => row.Text("detail"))));
    }

    [Fact]
    [InFolder]
    public async Task Query_ListOfTheIndexIsDamaged_SaysWhatToDo()
    {
        using (IStateStore store = Open())
        {
            await AppendAsync(store, Enumerable.Range(0, EventUpkeep.IndexBatch).Select(static i => NewEvent($"{i}")));
        }

        using (Database database = new(Path.Combine(Folder, "events.db")))
        {
            // One bit of the middle, in every list.
            new Statement(
                database,
                "UPDATE event_lists SET events = unhex(substr(hex(events), 1, 200) || "
                    + "CASE substr(hex(events), 201, 1) WHEN '0' THEN '1' ELSE '0' END || substr(hex(events), 202))").Run();
        }

        using IStateStore again = Open();
        StateStoreException exception = Assert.Throws<StateStoreException>(() => again.Events.Query(new EventQuery { Last = 1 }).ToArray());
        Assert.Equal(
            $"'{Path.Combine(Folder, "events.db")}', the index of the events, is damaged. End all processes that use the store and delete the "
                + "file: it is made again from the segments when the store is next opened.",
            exception.Message);
    }

    [Fact]
    public async Task Query_TheClockWentBackBetweenBlocks_EventsAreInTheOrderOfTime()
    {
        using IStateStore store = Open();

        // Each block begins an hour before the end of the one before.
        await AppendAsync(store, Enumerable.Range(0, EventUpkeep.IndexBatch * 3).Select(static i => NewEvent(
            $"{i}", Time("2026-01-01T00:00:00Z").AddSeconds(i - (3600 * (i / EventUpkeep.IndexBatch))).ToString("O"), keyId: "key-1")));

        AuditRecord[] all = [.. store.Events.Query(new EventQuery { KeyId = "key-1" })];
        Assert.Equal(EventUpkeep.IndexBatch * 3, all.Length);
        Assert.Equal(all.OrderBy(static found => found.Time).Select(static found => found.Time), all.Select(static found => found.Time));
        Assert.Equal(Ids(all[^4500..]), Ids(store.Events.Query(new EventQuery { KeyId = "key-1", Last = 4500 })));
    }

    [Fact]
    public void Append_ManyThreads_AllAreThere()
    {
        using IStateStore store = Open();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, n =>
        {
            for (int i = 0; i < 100; i++)
            {
                store.Events.Append(NewEvent($"{n}-{i}"));
            }
        });
        Assert.Equal(1600, Ids(store.Events.Query(new EventQuery())).Distinct().Count());
    }

    [Fact]
    public void Append_Disposed_Throws()
    {
        IStateStore store = Open();
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => store.Events.Append(NewEvent("1")));
    }
}
