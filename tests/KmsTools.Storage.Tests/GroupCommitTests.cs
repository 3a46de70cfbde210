using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

public sealed class GroupCommitTests
{
    [Fact]
    public async Task Add_CommitOfGroupFails_EveryCallerInItGetsTheCauseAndTheNextSucceeds()
    {
        using ManualResetEventSlim firstIsIn = new();
        using ManualResetEventSlim firstMayGo = new();
        List<int> committed = new();
        GroupCommit<int> group = new(items =>
        {
            if (items[0] == 0)
            {
                firstIsIn.Set();
                firstMayGo.Wait();
            }

            if (items.Contains(13))
            {
                throw new IOException("no space");
            }

            committed.AddRange(items);
        });
        Task first = Task.Run(() => group.Add(0), TestContext.Current.CancellationToken);
        firstIsIn.Wait(TestContext.Current.CancellationToken);
        Task[] others = [.. Enumerable.Range(11, 5)
            .Select(item => Task.Factory.StartNew(() => group.Add(item), TaskCreationOptions.LongRunning))];
        SpinWait.SpinUntil(() => group.WaitingCount == 5);
        firstMayGo.Set();
        await first;
        foreach (Task other in others)
        {
            StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(() => other);
            Assert.IsType<IOException>(exception.InnerException);
        }

        group.Add(20);
        Assert.Equal([0, 20], committed);
    }

    [Fact]
    public void Add_CommitOfOneFails_NextSucceeds()
    {
        int calls = 0;
        GroupCommit<int> group = new(_ =>
        {
            if (++calls == 1)
            {
                throw new StateStoreException("full");
            }
        });
        Assert.Throws<StateStoreException>(() => group.Add(1));
        group.Add(2);
        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task AddAsync_CommitOfGroupFails_EveryTaskInItFailsAndTheNextSucceeds()
    {
        using ManualResetEventSlim firstIsIn = new();
        using ManualResetEventSlim firstMayGo = new();
        List<int> sizes = new();
        GroupCommit<int> group = new(items =>
        {
            if (items[0] == 0)
            {
                firstIsIn.Set();
                firstMayGo.Wait();
            }

            if (items.Contains(13))
            {
                throw new IOException("no space");
            }

            sizes.Add(items.Count);
        });
        Task first = Task.Run(() => group.AddAsync(0), TestContext.Current.CancellationToken);
        firstIsIn.Wait(TestContext.Current.CancellationToken);
        firstIsIn.Wait(TestContext.Current.CancellationToken);
        Task[] others = [.. Enumerable.Range(11, 5).Select(group.AddAsync)];
        Assert.DoesNotContain(others, static other => other.IsCompleted);
        firstMayGo.Set();
        await first;
        foreach (Task other in others)
        {
            StateStoreException exception = await Assert.ThrowsAsync<StateStoreException>(() => other);
            Assert.IsType<IOException>(exception.InnerException);
        }

        await group.AddAsync(20);
        Assert.Equal([1, 1], sizes);
    }

    [Fact]
    public async Task Add_ThreadsThatWaitAndTasksThatDoNot_AllAreCommittedOnce()
    {
        List<int> committed = new();
        GroupCommit<int> group = new(committed.AddRange);
        Task[] all =
        [
            .. Enumerable.Range(0, 4).Select(thread => Task.Factory.StartNew(
                () =>
                {
                    for (int i = 0; i < 500; i++)
                    {
                        group.Add((i * 8) + thread);
                    }
                },
                TaskCreationOptions.LongRunning)),
            .. Enumerable.Range(4, 4).Select(async caller =>
            {
                for (int i = 0; i < 500; i++)
                {
                    await group.AddAsync((i * 8) + caller);
                }
            }),
        ];

        await Task.WhenAll(all).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 4000), committed.Order());
        Assert.Equal(0, group.WaitingCount);
    }
}
