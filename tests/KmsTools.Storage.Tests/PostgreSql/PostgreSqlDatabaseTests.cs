using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class PostgreSqlDatabaseTests : DatabaseFixture
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public void Run_EveryTypeOfValue_IsReadAsItWas()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        Statement insert = new(
            database, "INSERT INTO commits (number, touched, segment, events) VALUES (@number, @touched, @segment, @events)");
        database.BeginWrite(s_limit);

        // NULL first: the type of the parameter is that of the column all the same.
        insert.Run(("number", 1), ("touched", ""), ("segment", null), ("events", null));
        insert.Run(("number", long.MaxValue), ("touched", "a'@x\\ü"), ("segment", 7), ("events", new byte[] { 0, 255 }));
        insert.Run(("number", long.MinValue), ("touched", "\n"), ("segment", false), ("events", ReadOnlyMemory<byte>.Empty));
        database.Commit();
        Assert.Equal(
            [(long.MinValue, "\n", 0L, ""), (1L, "", null, null), (long.MaxValue, "a'@x\\ü", 7L, "00FF")],
            new Statement(database, "SELECT number, touched, segment, events FROM commits WHERE touched <> '@touched' ORDER BY number").List(
                static row => (row.Number("number"), row.Text("touched"), row.NumberOrNull("segment"),
                    row.BytesOrNull("events") is { } bytes ? Convert.ToHexString(bytes.Span) : null)));
    }

    [Fact]
    public void Run_InTransaction_WaitsForTheNextQuery()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        using PostgreSqlDatabase other = OpenDatabase();
        Statement insert = new(database, "INSERT INTO lock_rows (name) VALUES (@name)");
        Statement count = new(database, "SELECT count(*) AS count FROM lock_rows WHERE name LIKE @name");
        database.BeginWrite(s_limit);
        for (int i = 0; i < 450; i++)
        {
            insert.Run(("name", "a" + i));
        }

        Assert.Equal(450, count.Find(static row => row.Number("count"), ("name", "a%")));
        insert.Run(("name", "b"));
        Assert.Equal("0", Query("SELECT count(*) FROM lock_rows"));
        database.Commit();
        Assert.Equal("451", Query("SELECT count(*) FROM lock_rows"));
        database.BeginWrite(s_limit);
        insert.Run(("name", "c"));
        database.RollBack();
        database.BeginWrite(s_limit);
        database.Commit();
        insert.Run(("name", "d"));
        Assert.Equal("452", Query("SELECT count(*) FROM lock_rows"));
    }

    [Fact]
    public async Task BeginWrite_AfterAWaitForTheLock_HasTheClockOfTheServerAsItIsThen()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        using PostgreSqlDatabase other = OpenDatabase();
        Assert.Null(Node.Clock.UtcNow);
        DateTimeOffset before = DateTimeOffset.UtcNow;
        database.LookAtClock();
        RequireClock();
        Statement count = new(other, "SELECT count(*) AS count FROM lock_rows");
        database.BeginWrite(s_limit);
        new Statement(database, "INSERT INTO lock_rows (name) VALUES (@name)").Run(("name", "a"));
        Assert.Equal(1, new Statement(database, "SELECT count(*) AS count FROM lock_rows").Find(static row => row.Number("count")));
        Task<long> waiting = Task.Run(
            () =>
            {
                other.BeginWrite(s_limit);
                return count.Find(static row => row.Number("count"));
            },
            Cancellation);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        Assert.False(waiting.IsCompleted);
        before = DateTimeOffset.UtcNow;
        database.Commit();
        Assert.Equal(1, await waiting);
        RequireClock();
        other.RollBack();

        // The server is on this machine, and has its clock, to the millisecond.
        void RequireClock() => Assert.InRange(Node.Clock.UtcNow!.Value, before.AddMilliseconds(-2), DateTimeOffset.UtcNow.AddMilliseconds(2));
    }

    [Fact]
    public void Run_QueuedStatementIsRefused_LaterStatementsAndTheCommitFailWithItsError()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        Statement insert = new(database, "INSERT INTO lock_rows (name) VALUES (@name)");
        Statement count = new(database, "SELECT count(*) AS count FROM lock_rows");
        string refusal = $"A record that the database {Node.Settings.Location} does not allow was refused. Nothing of the last change was "
            + "saved.";
        database.BeginWrite(s_limit);
        insert.Run(("name", "a"));
        insert.Run(("name", "a"));
        Assert.Equal(refusal, Assert.Throws<StateStoreException>(() => count.Find(static row => row.Number("count"))).Message);
        Assert.Equal(refusal, Assert.Throws<StateStoreException>(() => insert.Run(("name", "b"))).Message);
        Assert.Equal(refusal, Assert.Throws<StateStoreException>(database.Commit).Message);
        database.RollBack();
        Assert.Equal("0", Query("SELECT count(*) FROM lock_rows"));

        database.BeginWrite(s_limit);
        insert.Run(("name", "a"));
        insert.Run(("name", "a"));
        Assert.Equal(refusal, Assert.Throws<StateStoreException>(database.Commit).Message);
        Assert.False(database.IsOutcomeUnknown);
        database.RollBack();
        insert.Run(("name", "a"));
        Assert.Equal(refusal, Assert.Throws<StateStoreException>(() => insert.Run(("name", "a"))).Message);
        Assert.Equal(1, count.Find(static row => row.Number("count")));
    }

    [Fact]
    public void Find_NamesThatDoNotFit_AreExceptions()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        Statement find = new(database, "SELECT name FROM lock_rows WHERE name = @name AND name > @after");
        Assert.Equal(
            "There is no parameter @nam in: SELECT name FROM lock_rows WHERE name = @name AND name > @after",
            Assert.Throws<InvalidOperationException>(() => find.Find(static row => row.Text("name"), ("nam", "a"))).Message);
        Statement missing = new(database, "SELECT name FROM lock_rows WHERE name = @name AND name > @after");
        Assert.Throws<InvalidOperationException>(() => missing.Find(static row => row.Text("name"), ("name", "a")));
        Assert.Equal(
            $"The database {Node.Settings.Location} has no tables of a store, or others than this version of KmsTools needs.",
            Assert.Throws<StateStoreException>(() => new Statement(database, "SELECT a FROM nowhere").Find(static row => row.Text("a"))).Message);
    }

    [Fact]
    public void Text_WithCharactersThatAColumnCannotHold_ComesBack()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        Statement insert = new(database, "INSERT INTO lock_rows (name) VALUES (@name)");
        string[] names = ["\0", "\0\0a", "\u0001", "\u00010", "\u00011", "a\0b", "a\u0001b", "b"];
        foreach (string name in names.Reverse())
        {
            insert.Run(("name", name));
        }

        // In the order of the texts.
        Assert.Equal(names, new Statement(database, "SELECT name FROM lock_rows ORDER BY name").List(static row => row.Text("name")));
        Statement find = new(database, "SELECT name FROM lock_rows WHERE name = @name");
        Assert.Equal("a\0b", find.Find(static row => row.Text("name"), ("name", "a\0b")));
        Assert.Null(find.Find(static row => row.Text("name"), ("name", "a\0")));
        Assert.Equal("a\u00010b", Query("SELECT name FROM lock_rows WHERE name LIKE 'a%0b'"));
    }

    [Fact]
    public void Begin_ChangesInTheMeantime_AreNotSeen()
    {
        using PostgreSqlDatabase reader = OpenDatabase();
        using PostgreSqlDatabase writer = OpenDatabase();
        Statement insert = new(writer, "INSERT INTO lock_rows (name) VALUES (@name)");
        Statement count = new(reader, "SELECT count(*) AS count FROM lock_rows");
        reader.Begin();
        insert.Run(("name", "before the first read"));
        Assert.Equal(1, count.Find(static row => row.Number("count")));
        insert.Run(("name", "after it"));
        Assert.Equal(1, count.Find(static row => row.Number("count")));
        reader.RollBack();
        Assert.Equal(2, count.Find(static row => row.Number("count")));
    }

    [Fact]
    public async Task BeginWrite_TwoNodes_OneAfterTheOther()
    {
        using PostgreSqlDatabase first = OpenDatabase();
        using PostgreSqlDatabase second = new(OpenNode());
        Query("UPDATE authorization_revision SET revision = 0");
        first.BeginWrite(s_limit);
        Assert.Equal(0, ReadRevision(first));
        Task change = Task.Run(() => Raise(second, s_limit), Cancellation);
        await Task.Delay(300, Cancellation);
        Assert.False(change.IsCompleted);
        new Statement(first, "UPDATE authorization_revision SET revision = revision + 10").Run();
        first.Commit();
        await change;
        Assert.Equal("11", Query("SELECT revision FROM authorization_revision"));

        // Longer than the server waits at a time, and longer than allowed.
        first.BeginWrite(s_limit);
        Assert.Equal(11, ReadRevision(first));
        change = Task.Run(() => Raise(second, s_limit), Cancellation);
        await Task.Delay(2500, Cancellation);
        Assert.False(change.IsCompleted);
        StateStoreException busy = Assert.Throws<StateStoreException>(() => Raise(OpenDatabase(), TimeSpan.FromSeconds(1)));
        Assert.Equal(
            $"The store in the database {Node.Settings.Location} is busy: another machine kept it locked for too long. Try again.", busy.Message);
        first.RollBack();
        await change;
        Assert.Equal("12", Query("SELECT revision FROM authorization_revision"));
    }

    [Fact]
    public void Send_ConnectionsWereEndedByTheServer_GoesOnWithOthers()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        Assert.Equal(0, ReadRevision(database));
        TestStores.Server.Disconnect(TestStores.DatabaseOf(Folder));
        database.BeginWrite(s_limit);
        Assert.Equal(0, ReadRevision(database));
        database.Commit();
        TestStores.Server.Disconnect(TestStores.DatabaseOf(Folder));
        database.Begin();
        Assert.Equal(0, ReadRevision(database));
        TestStores.Server.Disconnect(TestStores.DatabaseOf(Folder));

        // In the middle of a transaction there is nothing else to do.
        StateStoreException lost = Assert.Throws<StateStoreException>(() => ReadRevision(database));
        Assert.Equal(SharedStoreFault.DatabaseAway, lost.SharedFault);
        database.RollBack();
        Assert.Equal(0, ReadRevision(database));
    }

    [Fact]
    public void Commit_ConnectionIsLost_TheOutcomeIsUnknown()
    {
        using PostgreSqlDatabase database = OpenDatabase();
        database.BeginWrite(s_limit);
        Assert.Equal(0, ReadRevision(database));
        new Statement(database, "UPDATE authorization_revision SET revision = revision + 1").Run();
        TestStores.Server.Disconnect(TestStores.DatabaseOf(Folder));
        Assert.Throws<StateStoreException>(database.Commit);
        Assert.True(database.IsOutcomeUnknown);
        database.RollBack();
        Assert.Equal(0, ReadRevision(database));
    }

    [Fact]
    public void Open_SynchronousCommitIsOff_IsRaised()
    {
        _ = Options;
        Query($"ALTER DATABASE {TestStores.DatabaseOf(Folder)} SET synchronous_commit = off");
        using PostgreSqlDatabase database = OpenDatabase();
        Assert.Equal("on", Show(database, "synchronous_commit"));
        Query($"ALTER DATABASE {TestStores.DatabaseOf(Folder)} SET synchronous_commit = remote_write");
        using PostgreSqlDatabase other = new(OpenNode());
        Assert.Equal(("remote_write", "1500ms", "15s"),
            (Show(other, "synchronous_commit"), Show(other, "lock_timeout"), Show(other, "idle_in_transaction_session_timeout")));
    }

    private static string? Show(PostgreSqlDatabase database, string setting) =>
        new Statement(database, "SELECT current_setting(@name) AS setting").Find(static row => row.Text("setting"), ("name", setting));

    private static long ReadRevision(PostgreSqlDatabase database) =>
        new Statement(database, "SELECT revision FROM authorization_revision").Find(static row => row.Number("revision"));

    private static void Raise(PostgreSqlDatabase database, TimeSpan limit)
    {
        database.BeginWrite(limit);
        try
        {
            new Statement(database, "UPDATE authorization_revision SET revision = revision + 1").Run();
            database.Commit();
        }
        finally
        {
            database.RollBack();
        }
    }
}
