using System.Diagnostics;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class ProcessesTests : StoreFixture
{
    [Fact]
    public async Task Open_ManyProcessesCreateAtOnce_AllGetTheSameStore()
    {
        Process[] children = [.. Enumerable.Range(0, 4).Select(_ => ChildProcess.Start("create", Folder))];
        string[] installations = await Task.WhenAll(children.Select(child => ChildProcess.FinishAsync(child, Cancellation)));
        Assert.Single(installations.Distinct());
    }

    [Fact]
    public async Task ReadVersion_OtherProcessCommits_Changes()
    {
        using IStateStore store = Open();
        long before = store.ReadVersion();
        await ChildProcess.FinishAsync(ChildProcess.Start("change", Folder), Cancellation);
        Assert.NotEqual(before, store.ReadVersion());
    }

    [Fact]
    public async Task Write_FourProcessesAndEightThreads_NothingFailsAndAllIsThere()
    {
        Process[] children = [.. Enumerable.Range(0, 4).Select(_ => ChildProcess.Start("write", Folder))];
        using IStateStore store = Open();
        Task[] threads = new Task[8];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = Task.Factory.StartNew(
                () =>
                {
                    for (int n = 0; n < 100; n++)
                    {
                        string id = Guid.NewGuid().ToString();
                        ChildProcess.WriteBoth(store, id);
                        Assert.NotNull(Read(store, reader => reader.FindKey(Region, id)));
                    }
                },
                Cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }

        await Task.WhenAll(threads);
        await Task.WhenAll(children.Select(child => ChildProcess.FinishAsync(child, Cancellation)));
        Assert.Equal((4 * 200) + (8 * 100), Read(store, static reader => reader.CountKeys(Region)));
        Assert.Equal(2 * ((4 * 200) + (8 * 100)), store.Events.Query(new EventQuery()).Count());
    }

    [Fact]
    public async Task Open_AfterWriterWasKilled_EverythingAnsweredIsThere()
    {
        int kills = TestStores.Kills(usual: 12, full: 30);
        List<string> answered = new();
        for (int kill = 0; kill < kills; kill++)
        {
            using Process child = ChildProcess.Start("write until killed", Folder);
            for (int i = 0; i <= kill % 7; i++)
            {
                answered.Add((await child.StandardOutput.ReadLineAsync(Cancellation))!);
            }

            child.Kill();
            string rest = await child.StandardOutput.ReadToEndAsync(Cancellation);
            await child.WaitForExitAsync(Cancellation);

            // What follows the last line break was cut off.
            answered.AddRange(rest.Split('\n').SkipLast(1));
        }

        using IStateStore store = Open();
        HashSet<string> events = RequireOneEventForEachChange(store);
        using IStateReader reader = store.OpenReader();
        foreach (string id in answered)
        {
            Assert.NotNull(reader.FindKey(Region, id));
            Assert.Contains("m" + id, events);
            Assert.Contains("u" + id, events);
        }

        Assert.True(answered.Count >= kills);
    }

    // Between a commit and its event, within the event, before the row forgets it: one write later each time.
    [Fact]
    [InFolder]
    public async Task Open_WriterWasKilledAtConsecutiveWrites_EachChangeHasItsEventOnce()
    {
        Assert.SkipUnless(ChildProcess.CanTrace(), "This system lets nobody trace, or has no strace.");
        for (int write = 400; write < 416; write++)
        {
            using Process child = ChildProcess.StartTraced(
                "write", Folder, "-e", "trace=pwrite64", "-e", $"inject=pwrite64:signal=KILL:when={write}");
            await child.StandardOutput.ReadToEndAsync(Cancellation);
            await child.WaitForExitAsync(Cancellation);
            Assert.NotEqual(0, child.ExitCode);
        }

        using IStateStore store = Open();
        Assert.True(RequireOneEventForEachChange(store).Count >= 16);
    }

    // The event of every change that is in the store, and of no other; nothing twice; and all of it as it was written.
    private static HashSet<string> RequireOneEventForEachChange(IStateStore store)
    {
        string[] events = Ids(store.Events.Query(new EventQuery()));
        HashSet<string> distinct = [.. events];
        Assert.Equal(events.Length, distinct.Count);
        using IStateReader reader = store.OpenReader();
        Assert.Equal(
            reader.ListKeyIds(Region, null, int.MaxValue).Select(static key => "m" + key).Order(),
            events.Where(static id => id.StartsWith('m')).Order());
        Assert.DoesNotContain(store.Events.Verify([]), static result => result.Status != EventSegmentStatus.OK);
        return distinct;
    }
}
