using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;

namespace KmsTools.PostgreSql.Events;

public sealed class GroupQueueTests
{
    private readonly ManualClock _clock = new();
    private readonly List<(int[] Items, TaskCompletionSource Done)> _commits = [];

    [Fact]
    public async Task AddAsync_OneCaller_NeverWaitsForOthers()
    {
        using GroupQueue<int> queue = NewQueue();
        for (int i = 0; i < 5; i++)
        {
            Task added = queue.AddAsync(i);
            Assert.Equal(i + 1, _commits.Count);
            await CommitAsync(added);
        }
    }

    [Fact]
    public async Task AddAsync_CallersOfAGroupComeBack_AreOneGroupAgain()
    {
        using GroupQueue<int> queue = NewQueue();
        Task[] calls = [.. Enumerable.Range(0, 4).Select(queue.AddAsync)];

        // The one that was answered is waited for.
        await CommitAsync(calls[0]);
        Assert.Single(_commits);
        calls = [.. calls[1..], queue.AddAsync(4)];
        Assert.Equal([1, 2, 3, 4], _commits[1].Items);
        await CommitAsync(calls);

        // And all four, although nothing is under way.
        calls = [.. Enumerable.Range(10, 3).Select(queue.AddAsync)];
        Assert.Equal(2, _commits.Count);
        calls = [.. calls, queue.AddAsync(13)];
        Assert.Equal([10, 11, 12, 13], _commits[2].Items);
        await CommitAsync(calls);
    }

    [Fact]
    public async Task AddAsync_OthersDoNotComeBack_WaitsAtMostAsLongAsTheCommitTook()
    {
        using GroupQueue<int> queue = NewQueue();
        Task[] calls = [.. Enumerable.Range(0, 4).Select(queue.AddAsync)];
        _clock.Advance(TimeSpan.FromMilliseconds(3));
        await CommitAsync(calls[0]);
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Single(_commits);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([1, 2, 3], _commits[1].Items);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await CommitAsync(calls[1..]);
        Task alone = queue.AddAsync(10);
        Assert.Equal(2, _commits.Count);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([10], _commits[2].Items);
        await CommitAsync(alone);

        // And now one is enough.
        Task next = queue.AddAsync(11);
        Assert.Equal([11], _commits[3].Items);
        await CommitAsync(next);
    }

    [Fact]
    public async Task AddAsync_EnoughHaveComeMeanwhile_AreSentAtOnce()
    {
        using GroupQueue<int> queue = NewQueue();
        Task[] calls = [.. Enumerable.Range(0, 1 + GroupGathering.Enough).Select(queue.AddAsync)];
        await CommitAsync(calls[0]);
        Assert.Equal(GroupGathering.Enough, _commits[1].Items.Length);
        Task[] others = [.. Enumerable.Range(20, GroupGathering.Enough).Select(queue.AddAsync)];
        await CommitAsync(calls[1..]);
        Assert.Equal(GroupGathering.Enough, _commits[2].Items.Length);
        await CommitAsync(others);
    }

    [Fact]
    public async Task AddAsync_CommitFails_AllOfTheGroupFailAndTheNextIsCommitted()
    {
        using GroupQueue<int> queue = NewQueue();
        Task[] calls = [.. Enumerable.Range(0, 3).Select(queue.AddAsync)];
        await CommitAsync(calls[0]);
        calls = [.. calls[1..], queue.AddAsync(3)];
        _commits[1].Done.SetException(new StateStoreException("away"));
        foreach (Task call in calls)
        {
            Assert.Equal("away", (await Assert.ThrowsAsync<StateStoreException>(() => call)).Message);
        }

        calls = [.. Enumerable.Range(5, 3).Select(queue.AddAsync)];
        Assert.Equal([5, 6, 7], _commits[2].Items);
        await CommitAsync(calls);
    }

    [Fact]
    public async Task Dispose_GroupThatWaits_IsSentAtOnceAndNoneWaitsAnyMore()
    {
        GroupQueue<int> queue = NewQueue();
        Task[] calls = [.. Enumerable.Range(0, 4).Select(queue.AddAsync)];
        await CommitAsync(calls[0]);
        Assert.Single(_commits);
        queue.Dispose();
        Assert.Equal([1, 2, 3], _commits[1].Items);
        await CommitAsync(calls[1..]);
        Task last = queue.AddAsync(11);
        Assert.Equal([11], _commits[2].Items);
        await CommitAsync(last);
    }

    [Fact]
    public void Add_ManyThreads_EveryItemIsCommittedOnce()
    {
        List<int> committed = [];
        using GroupQueue<int> queue = new(async (items, isAsync) =>
        {
            if (isAsync)
            {
                await Task.Delay(1);
            }

            committed.AddRange(items);
        });
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, thread =>
        {
            for (int i = 0; i < 100; i++)
            {
                queue.Add((thread * 100) + i);
            }
        });
        Assert.Equal(Enumerable.Range(0, 1600), committed.Order());
    }

    [Fact]
    public void Target_OthersStayAway_IsTriedLessAndLessOften()
    {
        GroupGathering gathering = new();
        List<int> tried = [];
        for (int group = 0; group < 100; group++)
        {
            gathering.Ended(4, 0, TimeSpan.FromMilliseconds(1));
            if (gathering.Target > 1)
            {
                tried.Add(group);
                gathering.Failed();
            }
        }

        Assert.Equal([0, 1, 3, 7, 15, 31, 63], tried);
        gathering.Succeeded();
        gathering.Failed();
        gathering.Ended(4, 0, TimeSpan.FromMilliseconds(1));
        Assert.Equal(4, gathering.Target);
    }

    private GroupQueue<int> NewQueue() => new(
        async (items, _) =>
        {
            TaskCompletionSource done = new();
            _commits.Add(([.. items], done));
            await done.Task.ConfigureAwait(false);
        },
        _clock);

    // The commit that is under way ends, and its callers are told so.
    private async Task CommitAsync(params Task[] calls)
    {
        _commits[^1].Done.SetResult();
        await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>A clock that stands still until it is moved, with one timer.</summary>
    private sealed class ManualClock : TimeProvider
    {
        private TimeSpan _now;
        private TimeSpan? _due;
        private Action? _callback;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = () => callback(state);
            return new ManualTimer(this);
        }

        public void Advance(TimeSpan time)
        {
            _now += time;
            if (_due <= _now)
            {
                _due = null;
                _callback!();
            }
        }

        private sealed class ManualTimer(ManualClock clock) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                clock._due = dueTime < TimeSpan.Zero ? null : clock._now + dueTime;
                return true;
            }

            public void Dispose() => clock._due = null;

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }
}
