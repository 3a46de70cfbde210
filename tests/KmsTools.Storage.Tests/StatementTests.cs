using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests;

public sealed class StatementTests : StoreFixture
{
    private static readonly DateTimeOffset s_time = Time("2026-03-04T05:06:07.089Z");

    private static readonly Columns<Thing> s_columns = new Columns<Thing>("things", Read, isAuthenticated: false)
        .Key("id", static thing => thing.Id)
        .Fixed("created", static thing => thing.Created)
        .Changing("kind", static thing => thing.Kind)
        .Changing("is_new", static thing => thing.IsNew)
        .Changing("name", static thing => thing.Name)
        .Changing("bytes", static thing => thing.Bytes);

    [Fact]
    public void Put_EveryTypeOfValue_IsReadAsItWas()
    {
        using Database database = Create();
        Things things = new(database);
        Thing full = new(1, s_time, DayOfWeek.Friday, IsNew: true, "a\0ü", new byte[] { 0, 255 });
        Thing empty = new(long.MaxValue, DateTimeOffset.UnixEpoch, DayOfWeek.Sunday, IsNew: false, null, null);
        Thing blank = new(long.MinValue, s_time, DayOfWeek.Monday, IsNew: false, "", ReadOnlyMemory<byte>.Empty);
        things.Insert(full);
        things.Put(empty);
        things.Put(blank);

        Assert.Equal(full, things.Find(1));
        Assert.Equal(empty, things.Find(long.MaxValue));
        Assert.Equal(blank, things.Find(long.MinValue));
        Assert.Null(things.Find(2));
        Assert.Equal(
            ["1772600767089", "Friday", "1", "6100C3BC", "00FF"],
            new Statement(database, "SELECT created || '|' || kind || '|' || is_new || '|' || hex(name) || '|' || hex(bytes) AS t FROM things WHERE id = 1")
                .Find(static row => row.Text("t"))!.Split('|'));
    }

    [Fact]
    public void Update_FixedColumns_StayAsTheyWere()
    {
        using Database database = Create();
        Things things = new(database);
        Thing first = new(1, s_time, DayOfWeek.Friday, IsNew: true, "a", null);
        things.Insert(first);
        things.Insert(first with { Id = 2 });

        things.Update(first with { Created = DateTimeOffset.UnixEpoch, Name = "b" });
        Assert.Equal(first with { Name = "b" }, things.Find(1));
        Assert.Equal(first with { Id = 2 }, things.Find(2));

        things.Put(first with { Created = DateTimeOffset.UnixEpoch, Name = "c" });
        Assert.Equal(first with { Created = DateTimeOffset.UnixEpoch, Name = "c" }, things.Find(1));
        things.Delete(1);
        Assert.Equal([2], things.List().Select(static thing => thing.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_ParameterThatTheStatementDoesNotName_Throws(bool isHot)
    {
        using Database database = Create();
        Statement statement = new(database, "SELECT name FROM things WHERE id = @id AND kind = @kind", isHot);
        Assert.Throws<InvalidOperationException>(() => statement.Find(static row => row.Text("name"), ("di", 1), ("kind", "Friday")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_OtherParametersThanTheFirstTime_Throws(bool isHot)
    {
        using Database database = Create();
        Statement statement = new(database, "SELECT name FROM things WHERE id = @id AND kind = @kind", isHot);
        Assert.Null(statement.Find(static row => row.Text("name"), ("id", 1), ("kind", "Friday")));

        Assert.Equal(
            "@kind is not the next parameter of: SELECT name FROM things WHERE id = @id AND kind = @kind",
            Refusal(statement, ("kind", "Friday"), ("id", 1)));
        Assert.Equal("@kind is missing in: SELECT name FROM things WHERE id = @id AND kind = @kind", Refusal(statement, ("id", 1)));
        Assert.Equal(
            "@name is not the next parameter of: SELECT name FROM things WHERE id = @id AND kind = @kind",
            Refusal(statement, ("id", 1), ("kind", "Friday"), ("name", "a")));
        Assert.Null(statement.Find(static row => row.Text("name"), ("id", 1), ("kind", "Friday")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Find_ColumnThatTheStatementDoesNotName_Throws(bool isHot)
    {
        using Database database = Create();
        new Things(database).Insert(new Thing(1, s_time, DayOfWeek.Friday, IsNew: true, "a", null));
        Statement statement = new(database, "SELECT id, name FROM things", isHot);
        Assert.Equal(
            "The tables of the store were changed outside of KmsTools, or are damaged: the column 'nmae' is missing in: SELECT id, name FROM "
                + "things. Restore the store from a backup.",
            Assert.Throws<StateStoreException>(() => statement.Find(static row => row.Text("nmae"))).Message);
        Assert.Equal("a1a", statement.Find(static row => row.Text("name") + row.Number("id") + row.Text("name")));
    }

    // Either way of executing a statement stores and reads the same.
    [Fact]
    public void List_ByCommandAndByTheApiOfSqlite_AreTheSame()
    {
        using Database database = Create();
        Things things = new(database);
        things.Insert(new(1, s_time, DayOfWeek.Friday, IsNew: true, "a\0ü", new byte[] { 0, 255 }));
        things.Insert(new(2, s_time, DayOfWeek.Friday, IsNew: true, "", ReadOnlyMemory<byte>.Empty));
        things.Insert(new(3, s_time, DayOfWeek.Friday, IsNew: true, null, null));
        foreach (bool isHot in new[] { false, true })
        {
            Statement write = new(database, "UPDATE things SET name = @name, bytes = @bytes WHERE id = @id", isHot);
            write.Run(("name", "a\0ü"), ("bytes", new byte[] { 0, 255 }), ("id", 1));
            write.Run(("name", ""), ("bytes", Array.Empty<byte>()), ("id", 2));
            write.Run(("name", null), ("bytes", null), ("id", 3L));
            Statement read = new(
                database, "SELECT id, name, bytes, typeof(name) || ' ' || typeof(bytes) AS types FROM things WHERE id > @after ORDER BY id", isHot);
            Assert.Equal(
                ["1 a\0ü 00FF text blob", "2   text blob", "3 - - null null"],
                read.List(
                    static row => $"{row.Number("id")} {row.TextOrNull("name") ?? "-"} "
                        + $"{(row.BytesOrNull("bytes") is { } bytes ? Convert.ToHexString(bytes.Span) : "-")} {row.Text("types")}",
                    ("after", 0)));
            Assert.Empty(read.List(static row => row.Number("id"), ("after", 3)));
            Assert.ThrowsAny<InvalidOperationException>(() => read.Find(static row => row.Text("name"), ("after", 2)));
        }
    }

    [Fact]
    public void Bind_NativeParametersInAnotherOrder_Throws()
    {
        using Database database = Create();
        using NativeStatement statement = database.PrepareNative("INSERT INTO things (id, name) VALUES (?, ?)", "id", "name");
        Assert.Equal(
            "'name' is not the next parameter of: INSERT INTO things (id, name) VALUES (?, ?)",
            Assert.Throws<InvalidOperationException>(() => statement.Start().Bind("name", "a")).Message);
    }

    [Fact]
    public void Insert_ThatTheDatabaseRefuses_SaysWhatIsWrongAndGoesOn()
    {
        using Database database = Create();
        Things things = new(database);
        Thing thing = new(1, s_time, DayOfWeek.Friday, IsNew: true, "a", null);
        things.Insert(thing);

        StateStoreException refusal = Assert.Throws<StateStoreException>(() => things.Insert(thing));
        Assert.Equal($"A record that '{database.Path}' does not allow was refused.", refusal.Message);
        Assert.Equal(1555, Assert.IsType<SqliteError>(refusal.InnerException).Code);
        things.Insert(thing with { Id = 2 });
        Assert.Equal(2, things.List().Length);
    }

    [Fact]
    public void Columns_OfATable_MakeItsStatements()
    {
        Assert.Equal("SELECT id, created, kind, is_new, name, bytes FROM things ", s_columns.Select);
        Assert.Equal(
            "INSERT INTO things (id, created, kind, is_new, name, bytes) VALUES (@id, @created, @kind, @is_new, @name, @bytes)",
            s_columns.Insert);
        Assert.Equal(
            "UPDATE things SET kind = @kind, is_new = @is_new, name = @name, bytes = @bytes WHERE id = @id",
            s_columns.Update);
        Assert.Equal(
            s_columns.Insert + " ON CONFLICT (id) DO UPDATE SET created = excluded.created, kind = excluded.kind, is_new = excluded.is_new, "
                + "name = excluded.name, bytes = excluded.bytes",
            s_columns.Put);
        Assert.Equal("DELETE FROM things WHERE id = @id", s_columns.Delete);
    }

    private static string Refusal(Statement statement, params (string, object?)[] parameters) =>
        Assert.Throws<InvalidOperationException>(() => statement.Find(static row => row.Text("name"), parameters)).Message;

    private static Thing Read(Row row) => new(
        row.Number("id"),
        row.Time("created"),
        row.Name<DayOfWeek>("kind"),
        row.Flag("is_new"),
        row.TextOrNull("name"),
        row.BytesOrNull("bytes"));

    private Database Create()
    {
        Directory.CreateDirectory(Folder);
        string file = Path.Combine(Folder, "things.db");
        File.WriteAllBytes(file, []);
        Database database = new(file);
        database.Execute(
            """
            CREATE TABLE things (
                id INTEGER NOT NULL, created INTEGER NOT NULL, kind TEXT NOT NULL, is_new INTEGER NOT NULL, name TEXT, bytes BLOB, PRIMARY KEY (id)
            ) STRICT, WITHOUT ROWID
            """);
        return database;
    }

    private sealed record Thing(long Id, DateTimeOffset Created, DayOfWeek Kind, bool IsNew, string? Name, ReadOnlyMemory<byte>? Bytes)
    {
        // Memory equals another only if both are of the same array.
        public bool Equals(Thing? other) => other is not null
            && (Id, Created, Kind, IsNew, Name, Bytes.HasValue) == (other.Id, other.Created, other.Kind, other.IsNew, other.Name, other.Bytes.HasValue)
            && Bytes.GetValueOrDefault().Span.SequenceEqual(other.Bytes.GetValueOrDefault().Span);

        public override int GetHashCode() => Id.GetHashCode();
    }

    private sealed class Things(IDatabase database) : Table<Thing>(database, s_columns)
    {
        public Thing? Find(long id) => FindByKey(("id", id));

        public ImmutableArray<Thing> List() => List(Select("ORDER BY id"));

        public void Delete(long id) => DeleteByKey(("id", id));
    }
}
