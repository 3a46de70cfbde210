using System.Diagnostics;
using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class ConnectionsTests
{
    // Five seconds, and on a busy machine somewhat more.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5 + 3);

    [Fact]
    public void Open_DatabaseIsGone_FailsAtOnceUntilItIsBack()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start("fsync=off");
        using Connections connections = Of(server);
        using PostgreSqlDatabase database = new(connections);
        Assert.Equal(1, ReadOne(database));
        server.Kill();
        StateStoreException away = Assert.Throws<StateStoreException>(() => ReadOne(database));
        Assert.Equal(SharedStoreFault.DatabaseAway, away.SharedFault);
        Assert.Equal("The database of the key store does not answer.", away.Reason);
        Assert.StartsWith($"The database {connections.Settings.Location} does not answer: ", away.Message, StringComparison.Ordinal);
        WaitUntil(() => connections.IsAway);
        Assert.Equal(away.SharedFault, Assert.Throws<StateStoreException>(() => ReadOne(database)).SharedFault);
        server.StartAgain();
        WaitUntil(() => !connections.IsAway);
        Assert.Equal(1, ReadOne(database));
    }

    [Fact]
    public void Query_DatabaseHangs_FailsWithinFiveSecondsAndThenAtOnce()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start("fsync=off");
        using Connections connections = Of(server);
        using PostgreSqlDatabase database = new(connections);
        using PostgreSqlDatabase other = new(connections);
        Assert.Equal(1, ReadOne(database));
        server.Pause();
        try
        {
            Stopwatch watch = Stopwatch.StartNew();
            Assert.Equal(SharedStoreFault.DatabaseAway, Assert.Throws<StateStoreException>(() => ReadOne(database)).SharedFault);
            Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(2), s_limit);
            WaitUntil(() => connections.IsAway);
            watch.Restart();
            Assert.Throws<StateStoreException>(() => ReadOne(other));
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
        }
        finally
        {
            server.Resume();
        }

        WaitUntil(() => !connections.IsAway);
        Assert.Equal(1, ReadOne(database));
        Assert.Equal(1, ReadOne(other));
    }

    [Fact]
    public void Open_SeveralHosts_FollowsThePrimary()
    {
        using PostgreSqlServer server = PostgreSqlServer.Start();
        using PostgreSqlServer standby = server.StartStandby();
        string password = server.PasswordFile;
        using Connections connections = new(new SharedStoreOptions
        {
            ConnectionString = $"Host=127.0.0.1:{standby.Port},127.0.0.1:{server.Port};Database=postgres;Username=postgres",
            PasswordFile = password,
        });
        using PostgreSqlDatabase database = new(connections);
        Assert.Equal(server.Port, ReadPort(database));
        Assert.Equal(server.Port, ReadPort(database));
        server.Kill();
        standby.Promote();
        for (Stopwatch watch = Stopwatch.StartNew(); ;)
        {
            try
            {
                Assert.Equal(standby.Port, ReadPort(database));
                break;
            }
            catch (StateStoreException exception) when (exception.SharedFault == SharedStoreFault.DatabaseAway && watch.Elapsed < s_limit * 4)
            {
                Thread.Sleep(100);
            }
        }
    }

    [Fact]
    public void Open_WrongPassword_IsRefusedWithoutIt()
    {
        Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);
        PostgreSqlServer server = TestStores.Server;
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "s3cret");
        using Connections connections = new(new SharedStoreOptions
        {
            ConnectionString = server.LoopbackConnectionString("postgres") + PostgreSqlServer.Patiently, PasswordFile = file,
        });
        StateStoreException denied = Assert.Throws<StateStoreException>(() => connections.Open());
        Assert.Equal(SharedStoreFault.AccessDenied, denied.SharedFault);
        Assert.Equal(
            $"The server of the database Host=127.0.0.1;Port={server.Port};Database=postgres does not let the role 'kms' in. Check the name of the role, where its password comes from (a password file, ~/.pgpass or PGPASSWORD), and what the server allows (pg_hba.conf).",
            denied.Message);
        Assert.DoesNotContain("s3cret", denied.ToString(), StringComparison.Ordinal);
        Assert.False(connections.IsAway);
        File.WriteAllText(file, File.ReadAllText(server.PasswordFile));
        connections.Open().Dispose();
        File.Delete(file);
    }

    [Fact]
    public void OpenForState_AllInUse_IsBusy()
    {
        Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);
        PostgreSqlServer server = TestStores.Server;
        using Connections connections = Of(server, ";Max Pool Size=12" + PostgreSqlServer.Patiently);
        PostgreSqlDatabase[] databases = [.. Enumerable.Range(0, 5).Select(_ => new PostgreSqlDatabase(connections))];
        foreach (PostgreSqlDatabase database in databases[..4])
        {
            database.Begin();
            Assert.Equal(1, ReadOne(database));
        }

        Assert.Equal(
            $"All 4 connections of this process to the database {connections.Settings.Location} are in use. Try again, or raise Maximum Pool Size in the connection string.",
            Assert.Throws<StateStoreException>(() => ReadOne(databases[4])).Message);
        databases[0].RollBack();
        Assert.Equal(1, ReadOne(databases[4]));

        // For the lane of events and locks there is always one.
        connections.Open().Dispose();
        Array.ForEach(databases, static database => database.Dispose());
    }

    [Theory]
    [InlineData("localhost", null)]
    [InlineData("127.0.0.1", "is not trusted: its certificate was not accepted. Name the certificate of its CA (Root Certificate=...) in the connection string, and the host as the certificate of the server names it.")]
    public void Open_Tls_IsVerified(string host, string? refusal)
    {
        Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);
        PostgreSqlServer server = TestStores.Server;
        SharedStoreOptions options = new()
        {
            ConnectionString = server.LoopbackConnectionString("postgres", PostgreSqlServer.TlsUser, host)
                + $";SSL Mode=VerifyFull;Root Certificate={server.RootCertificate}" + PostgreSqlServer.Patiently,
            PasswordFile = server.PasswordFile,
        };
        using Connections connections = new(options);
        if (refusal is null)
        {
            connections.Open().Dispose();
        }
        else
        {
            Assert.EndsWith(refusal, Assert.Throws<StateStoreException>(() => connections.Open()).Message, StringComparison.Ordinal);
        }
    }

    private static Connections Of(PostgreSqlServer server, string more = "") =>
        new(new SharedStoreOptions { ConnectionString = server.ConnectionString("postgres") + more });

    private static long ReadOne(PostgreSqlDatabase database) =>
        new Statement(database, "SELECT 1 AS one").Find(static row => row.Number("one"));

    private static long ReadPort(PostgreSqlDatabase database) =>
        new Statement(database, "SELECT inet_server_port() AS port").Find(static row => row.Number("port"));

    private static void WaitUntil(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < 200, "It has not happened within 20 seconds.");
            Thread.Sleep(100);
        }
    }
}
