using System.Diagnostics;
using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class PostgreSqlLockTests : DatabaseFixture
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Enter_TakenByAnotherNode_WaitsAsLongAsItMay()
    {
        using Connections other = OpenNode();
        using PostgreSqlLock held = PostgreSqlLock.Enter(Node, "connect", s_limit)!;
        using (PostgreSqlLock? elsewhere = PostgreSqlLock.Enter(other, "backups", TimeSpan.Zero))
        {
            Assert.NotNull(elsewhere);
        }

        Assert.Null(PostgreSqlLock.Enter(other, "connect", TimeSpan.Zero));
        Stopwatch watch = Stopwatch.StartNew();
        Assert.Null(PostgreSqlLock.Enter(other, "connect", TimeSpan.FromSeconds(3)));
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(3), s_limit);
        Task<PostgreSqlLock?> waiting = Task.Run(() => PostgreSqlLock.Enter(other, "connect", s_limit), Cancellation);
        await Task.Delay(s_short, Cancellation);
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        using PostgreSqlLock? entered = await waiting;
        Assert.NotNull(entered);
    }

    [Fact]
    public async Task Enter_HolderIsKilled_IsFree()
    {
        _ = Options;
        using Process child = ChildProcess.Start("hold a lock of the database", Folder);
        Assert.Equal("held", await child.StandardOutput.ReadLineAsync(Cancellation));
        Assert.Null(PostgreSqlLock.Enter(Node, "connect", TimeSpan.Zero));
        child.Kill();
        using PostgreSqlLock? entered = PostgreSqlLock.Enter(Node, "connect", s_limit);
        Assert.NotNull(entered);
    }

    [Fact]
    public void IsLost_ConnectionIsEnded_IsNoticed()
    {
        using PostgreSqlLock held = PostgreSqlLock.Enter(Node, "connect", s_limit)!;
        Assert.False(held.IsLost);
        TestStores.Server.Disconnect(TestStores.DatabaseOf(Folder));
        for (int i = 0; !held.IsLost; i++)
        {
            Assert.True(i < 100, "It has not been noticed.");
            Thread.Sleep(100);
        }
    }

    [Fact]
    public void Enter_WhileItIsHeld_ItsTransactionIsNeverIdleForLong()
    {
        const string idle =
            "SELECT state_change FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
        using PostgreSqlLock held = PostgreSqlLock.Enter(Node, "connect", s_limit)!;
        string first = Query(idle);
        Assert.NotEqual("", first);
        Stopwatch watch = Stopwatch.StartNew();
        string next = first;
        while (next == first)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), "The server would have ended it.");
            Thread.Sleep(s_short);
            next = Query(idle);
        }

        Assert.NotEqual("", next);
        Assert.False(held.IsLost);
    }

    /// <summary>What the child does.</summary>
    internal static void Hold(string folder)
    {
        using Connections connections = new(TestStores.Shared(folder));
        using PostgreSqlLock? held = PostgreSqlLock.Enter(connections, "connect", s_limit);
        Console.WriteLine(held is null ? "taken" : "held");
        Console.Out.Flush();
        Thread.Sleep(Timeout.Infinite);
    }
}
