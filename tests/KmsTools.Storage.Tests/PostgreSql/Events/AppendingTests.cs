using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;

namespace KmsTools.PostgreSql.Events;

public sealed class AppendingTests : EventRowsFixture
{
    private static readonly StateItem Key = StateItem.Key(Region, "key-1");
    private static readonly StateItem Other = StateItem.Key(Region, "key-2");

    [Fact]
    public void TryAppend_CommitOfAnotherNode_OnlyCallsThatReadItAreStale()
    {
        TestCommits commits = new();
        PostgreSqlEventLog log = Open(commits);
        Assert.True(log.TryAppend(NewEvent("before"), Reads(0, Key)));
        Commit(1, Key);
        Assert.True(log.TryAppend(NewEvent("other"), Reads(0, Other)));
        Assert.Equal(1, commits.Newest);
        Assert.False(log.TryAppend(NewEvent("stale"), Reads(0, Key)));
        Assert.True(log.TryAppend(NewEvent("again"), Reads(1, Key)));
        Commit(2, StateItem.Settings);
        Assert.False(log.TryAppend(NewEvent("settings"), Reads(1, Other)));
        Commit(3, StateItem.Everything);
        Assert.False(log.TryAppend(NewEvent("everything"), Reads(2, Other)));
        Assert.Equal(["before", "other", "again"], Ids(log.Query(new EventQuery())));
    }

    [Fact]
    public void TryAppend_CommitThatThisNodeIsMaking_IsNotStale()
    {
        PostgreSqlEventLog log = Open(new TestCommits { Own = 100 });
        Commit(1, Key);
        Assert.True(log.TryAppend(NewEvent("1"), Reads(0, Key)));
    }

    [Fact]
    public void TryAppend_AnotherNodeTakesTheNumberThatThisOneIsMaking_IsStale()
    {
        PostgreSqlEventLog log = Open(new TestCommits { Own = 100 });
        Commit(1, 999, Key);
        Assert.False(log.TryAppend(NewEvent("1"), Reads(0, Key)));
        Assert.Empty(log.Query(new EventQuery()));
    }

    [Fact]
    public void TryAppend_KnownCommitIsAnotherOneNow_IsRefused()
    {
        TestCommits commits = new();
        PostgreSqlEventLog log = Open(commits);
        Commit(1, Other);
        Assert.True(log.TryAppend(NewEvent("1"), Reads(0, Key)));
        Execute("DELETE FROM commits");
        Commit(1, 999, Key);
        Assert.Equal(
            new LostChanges(0, 1), Assert.Throws<StateStoreException>(() => log.TryAppend(NewEvent("2"), Reads(1, Key))).LostChanges);
        Commit(2, Key);
        Assert.Throws<StateStoreException>(() => log.Append(NewEvent("3")));
        Assert.Equal(["1"], Ids(log.Query(new EventQuery())));
    }

    [Fact]
    public void TryAppend_CommitsThatAreNotKeptAnyMore_EverythingIsStale()
    {
        TestCommits commits = new();
        PostgreSqlEventLog log = Open(commits);
        Commit(5, Other);
        Assert.False(log.TryAppend(NewEvent("1"), Reads(0, Key)));
        Assert.True(log.TryAppend(NewEvent("2"), Reads(commits.Newest, Key)));
        log.Append(NewEvent("3"));
        Assert.Equal(["2", "3"], Ids(log.Query(new EventQuery())));
    }

    [Fact]
    public void TryAppend_DatabaseHasFewerCommitsThanKnown_IsRefused()
    {
        TestCommits commits = new();
        PostgreSqlEventLog log = Open(commits);
        Commit(1, Other);
        log.Append(NewEvent("1"));
        Execute("DELETE FROM commits");
        Assert.NotNull(Assert.Throws<StateStoreException>(() => log.TryAppend(NewEvent("2"), Reads(1, Key))).LostChanges);
        Assert.Equal(["1"], Ids(log.Query(new EventQuery())));
    }

    [Fact]
    public async Task TryAppendAsync_StaleCallsAmongOthersOfAGroup_OnlyTheyAreRefused()
    {
        PostgreSqlEventLog log = Open();
        Task<bool>[] calls;
        for (int number = 1; number <= 8; number++)
        {
            calls = [.. Enumerable.Range(0, 16).Select(n => log.TryAppendAsync(NewEvent($"{number}-{n}"), Reads(number - 1, n % 2 == 0 ? Key : Other)))];
            await Task.WhenAll(calls);
            Assert.All(calls, static call => Assert.True(call.Result));
            Commit(number, Key);
            calls = [.. Enumerable.Range(0, 16).Select(n => log.TryAppendAsync(NewEvent($"{number}+{n}"), Reads(number - 1, n % 2 == 0 ? Key : Other)))];
            await Task.WhenAll(calls);
            Assert.Equal(Enumerable.Range(0, 16).Select(static n => n % 2 != 0), calls.Select(static call => call.Result));
        }

        Assert.Equal(8 * 24, log.Query(new EventQuery()).Count());
        Assert.All(log.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
    }

    [Fact]
    public async Task Append_ManyThreadsAndTasksOfTwoNodes_AllAreThereInFewStatements()
    {
        PostgreSqlEventLog first = Open();
        PostgreSqlEventLog second = Open();
        Thread[] threads = [.. Enumerable.Range(0, 16).Select(n => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                (n % 2 == 0 ? first : second).Append(NewEvent($"{n}-{i}"));
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        await Task.WhenAll(Enumerable.Range(16, 16).Select(n => Task.Run(
            async () =>
            {
                for (int i = 0; i < 50; i++)
                {
                    await (n % 2 == 0 ? first : second).AppendAsync(NewEvent($"{n}-{i}"));
                }
            },
            Cancellation)));
        Array.ForEach(threads, static thread => thread.Join());
        Assert.Equal(1600, Ids(first.Query(new EventQuery())).Distinct().Count());
        Assert.InRange(first.RoundTrips + second.RoundTrips, 100, 1400);
        Assert.All(first.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
        Assert.Equal([800L, 800L], first.ListSegments().Select(static segment => segment.Events));
    }

    [Fact]
    public void Append_ConnectionsAreCut_NothingIsLostOrDoubled()
    {
        PostgreSqlEventLog log = Open();
        for (int i = 0; i < 20; i++)
        {
            log.Append(NewEvent($"{i}"));
            Cut();
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(static i => $"{i}"), Ids(log.Query(new EventQuery())));
        Assert.Equal([EventSegmentStatus.OK, EventSegmentStatus.OK], log.Verify([]).Select(static result => result.Status));
    }

    [Fact]
    public void Append_ConnectionsAreCutAtAnyMoment_AnsweredEventsAreThereOnce()
    {
        PostgreSqlEventLog log = Open();
        using CancellationTokenSource end = new();
        List<string> answered = [];
        int answers = 0;
        int refused = 0;

        // On a busy machine nothing would be answered between one cut and the next.
        Thread cutting = new(() =>
        {
            for (int before = -1; !end.IsCancellationRequested; Thread.Sleep(Random.Shared.Next(100)))
            {
                int now = Volatile.Read(ref answers);
                if (now > before)
                {
                    before = now;
                    Cut();
                }
            }
        });
        cutting.Start();
        Parallel.For(0, 4, n =>
        {
            for (int i = 0; i < 80; i++)
            {
                try
                {
                    log.Append(NewEvent($"{n}-{i}"));
                    lock (answered)
                    {
                        answered.Add($"{n}-{i}");
                        answers++;
                    }
                }
                catch (Exception exception) when (exception is StateStoreException or System.Data.Common.DbException)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        });
        end.Cancel();
        cutting.Join();
        string[] found = Ids(log.Query(new EventQuery()));
        Assert.Equal(found.Length, found.Distinct().Count());
        Assert.Empty(answered.Except(found));
        Assert.InRange(answered.Count, 20, 320);
        Assert.All(log.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
    }

    [Fact]
    public void Dispose_SegmentIsContinuedByTheNextProcess()
    {
        PostgreSqlEventLog first = Open();
        first.Append(NewEvent("1"));
        PostgreSqlEventLog second = Open();
        second.Append(NewEvent("2"));
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Append(NewEvent("x")));
        PostgreSqlEventLog third = Open();
        third.Append(NewEvent("3"));
        Assert.Equal([2L, 1L], third.ListSegments().Select(static segment => segment.Events));
        Assert.Equal(["1", "2", "3"], Ids(third.Query(new EventQuery())));
        Assert.All(third.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
    }

    [Fact]
    public void Append_SegmentWasContinuedByAnotherProcess_GoesOnInAnother()
    {
        PostgreSqlEventLog first = Open();
        first.Append(NewEvent("1"));

        // The process looks dead: the MAC is the one that its row would have then.
        SegmentRow row = new SegmentCatalogue(Connections, "store", Mac).List()[0] with { Moved = 0 };
        Execute($"UPDATE event_segments SET moved = 0, mac = '\\x{Convert.ToHexString(row.Mac(new Storage.Sql.RowAuthenticator(Mac)))}' WHERE number = 1");
        PostgreSqlEventLog second = Open();
        second.Append(NewEvent("2"));
        first.Append(NewEvent("3"));
        second.Append(NewEvent("4"));
        Assert.Equal([3L, 1L], first.ListSegments().Select(static segment => segment.Events));
        Assert.Equal(["1", "2", "3", "4"], Ids(first.Query(new EventQuery())));
        Assert.All(first.Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
    }
}
