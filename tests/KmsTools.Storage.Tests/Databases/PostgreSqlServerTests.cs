using System.Diagnostics;
using KmsTools.Storage.Tests;

namespace KmsTools.Databases;

/// <summary>That the servers of tests do what tests of stores in databases need: crashes, pauses, standbys, and an end with the test.</summary>
public sealed class PostgreSqlServerTests
{
    [Fact]
    public void KillAndStop_CommittedRows_AreThereAgain()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start();
        server.CreateDatabase("d");
        server.Query("d", "CREATE TABLE numbers (number integer)");
        server.Query("d", "INSERT INTO numbers VALUES (1)");
        server.Kill();
        Assert.Throws<InvalidOperationException>(() => server.Query("d", "SELECT 1"));
        server.StartAgain();
        server.Query("d", "INSERT INTO numbers VALUES (2)");
        server.Stop();
        server.StartAgain();
        Assert.Equal("1,2", server.Query("d", "SELECT string_agg(number::text, ',' ORDER BY number) FROM numbers"));
        Assert.Equal("on", server.Query("d", "SHOW fsync"));
    }

    [Fact]
    public async Task Pause_Query_IsAnsweredAfterResume()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start("fsync=off");
        server.Pause();
        Task<string> answer = Task.Run(() => server.Query("postgres", "SELECT 1"), TestContext.Current.CancellationToken);
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.False(answer.IsCompleted);
        server.Resume();
        Assert.Equal("1", await answer);
    }

    [Fact]
    public void Promote_StandbyOfKilledServer_HasAllThatWasAnswered()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start();
        using PostgreSqlServer standby = server.StartStandby();
        server.Query("postgres", "CREATE TABLE numbers (number integer)");
        server.Query("postgres", "INSERT INTO numbers SELECT generate_series(1, 1000)");
        server.Kill();
        standby.Promote();
        Assert.Equal("1000", standby.Query("postgres", "SELECT count(*) FROM numbers"));
        standby.Query("postgres", "INSERT INTO numbers VALUES (1001)");
    }

    [Fact]
    public async Task Watch_TestProcessIsKilled_ServerAndFolderAreGone()
    {
        Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);
        using Process child = ChildProcess.Start("start a database server", "");
        string folder = (await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
        Assert.True(File.Exists(Path.Combine(folder, "data", "postmaster.pid")), folder);
        child.Kill();
        for (int i = 0; Directory.Exists(folder); i++)
        {
            Assert.True(i < 300, "The folder is still there.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
