using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Sqlite;

/// <summary>A connection to events.db, the index of the segments, with its statements.</summary>
internal sealed class EventIndexConnection : IDisposable
{
    // 16 MB. Written by threads that no call waits for.
    private const int MaxPagesInLog = 4000;

    private static readonly string[] s_listColumns = ["segment", "kind", "term", "block", "first_time", "last_time", "events"];

    private readonly NativeStatement _addList;
    private readonly Statement _findLists;
    private readonly Statement _findList;
    private readonly Statement _countLists;
    private readonly Statement _findOtherList;
    private readonly Statement _listUses;
    private readonly Statement _putUse;
    private readonly Statement _findUse;
    private readonly Statement _findSegment;
    private readonly Statement _listSegments;
    private readonly Statement _putSegment;
    private readonly Statement[] _deleteSegment;

    private EventIndexConnection(Database database)
    {
        Database = database;
        _addList = database.PrepareNative(
            $"INSERT INTO event_lists ({string.Join(", ", s_listColumns)}) VALUES (?, ?, ?, ?, ?, ?, ?)", s_listColumns);
        _findLists = new Statement(
            database,
            "SELECT block, first_time, last_time FROM event_lists WHERE segment = @segment AND kind = @kind AND term = @term");
        _findList = new Statement(
            database,
            """
            SELECT first_time, last_time, events FROM event_lists
            WHERE segment = @segment AND kind = @kind AND term = @term AND block = @block
            """);
        _countLists = new Statement(database, "SELECT count(*) AS number FROM event_lists WHERE segment = @segment");
        _findOtherList = new Statement(
            database, "SELECT 1 AS number FROM event_lists WHERE segment NOT IN (SELECT number FROM segments) LIMIT 1");
        _listUses = new Statement(
            database,
            """
            SELECT key_id, region, time, recorded, event_id, name, request_id FROM last_uses
            WHERE (key_id, region) > (@key_id, @region) ORDER BY key_id, region LIMIT @limit
            """);
        _putUse = new Statement(
            database,
            """
            INSERT INTO last_uses VALUES (@key_id, @region, @time, @recorded, @event_id, @name, @request_id)
            ON CONFLICT DO UPDATE SET
                time = excluded.time, recorded = excluded.recorded, event_id = excluded.event_id, name = excluded.name,
                request_id = excluded.request_id
            WHERE (excluded.time, excluded.recorded) > (last_uses.time, last_uses.recorded)
            """);
        _findUse = new Statement(
            database,
            "SELECT time, recorded, event_id, name, request_id FROM last_uses WHERE key_id = @key_id AND region = @region");
        const string segments = "SELECT number, indexed, hash, count, first_time, last_time, last_commit FROM segments";
        _findSegment = new Statement(database, segments + " WHERE number = @number");
        _listSegments = new Statement(database, segments);
        _putSegment = new Statement(
            database,
            "INSERT OR REPLACE INTO segments VALUES (@number, @indexed, @hash, @count, @first_time, @last_time, @last_commit)");
        _deleteSegment =
        [
            new Statement(database, "DELETE FROM event_lists WHERE segment = @number"),
            new Statement(database, "DELETE FROM segments WHERE number = @number"),
        ];
    }

    public Database Database { get; }

    public static EventIndexConnection OpenWriter(string file, TimeSpan limit)
    {
        Database database = new(file);
        try
        {
            database.WaitForLocks(limit);
            Schema.Events.RequireKnown(database);
            database.ExecuteWhenFree("PRAGMA journal_mode = WAL", limit);
            database.RequireSetting("journal_mode", "wal");

            // A power loss may take the newest transactions, never their order. They are made again from the segments.
            database.Configure("synchronous", "NORMAL", "1");
            database.CheckpointEvery(MaxPagesInLog);
            Schema.Events.Upgrade(database, limit);
            database.WaitForLocks(TimeSpan.Zero);
            return new EventIndexConnection(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The tables of an index that is examined.</summary>
    public static EventIndexConnection Of(ExaminedFile file) => new(file.Database);

    public static EventIndexConnection OpenReader(string file, TimeSpan limit)
    {
        Database database = new(file);
        database.WaitForLocks(limit);
        database.Configure("query_only", "ON", "1");
        return new EventIndexConnection(database);
    }

    public SegmentProgress? FindSegment(int number) => _findSegment.Find(ReadSegment, ("number", number));

    public ImmutableArray<SegmentProgress> ListSegments() => _listSegments.List(ReadSegment);

    public void PutSegment(SegmentProgress progress) => _putSegment.Run(
        ("number", progress.Segment),
        ("indexed", progress.End.Offset),
        ("hash", progress.End.Hash),
        ("count", progress.Count),
        ("first_time", progress.FirstTime),
        ("last_time", progress.LastTime),
        ("last_commit", progress.LastCommit));

    public void DeleteSegment(int number)
    {
        foreach (Statement delete in _deleteSegment)
        {
            delete.Run(("number", number));
        }
    }

    public void AddList(EventListName name, EventBlock block, ReadOnlySpan<byte> events) => _addList.Start()
        .Bind("segment", block.Segment)
        .Bind("kind", KindOf(name))
        .Bind("term", name.Term)
        .Bind("block", block.Offset)
        .Bind("first_time", block.FirstTime)
        .Bind("last_time", block.LastTime)
        .Bind("events", events)
        .Run();

    public ImmutableArray<EventBlock> FindLists(EventListName name, int segment) => _findLists.List(
        row => new EventBlock(segment, row.Number("block"), row.Number("first_time"), row.Number("last_time")),
        ("segment", segment),
        ("kind", KindOf(name)),
        ("term", name.Term));

    public byte[]? ReadList(EventListName name, EventBlock block) => FindList(name, block.Segment, block.Offset)?.Events;

    /// <summary>A list of the block at an offset, with the block as this list has it; null if there is none.</summary>
    public (EventBlock Block, byte[] Events)? FindList(EventListName name, int segment, long offset) =>
        _findList.Find<(EventBlock, byte[])?>(
            row => (new EventBlock(segment, offset, row.Number("first_time"), row.Number("last_time")), row.Bytes("events")),
            ("segment", segment),
            ("kind", KindOf(name)),
            ("term", name.Term),
            ("block", offset));

    /// <summary>The number of lists of all blocks of a segment.</summary>
    public long CountLists(int segment) => _countLists.Find(static row => row.Number("number"), ("segment", segment));

    /// <summary>Whether there are lists of a segment that is not indexed.</summary>
    public bool HasOtherLists() => _findOtherList.Find(static row => row.Number("number")) > 0;

    /// <summary>The first last uses behind one.</summary>
    public ImmutableArray<(string KeyId, string Region, LastUse Use)> ListUses(string afterKeyId, string afterRegion, int limit) =>
        _listUses.List(
            static row => (row.Text("key_id"), row.Text("region"), ReadUse(row)),
            ("key_id", afterKeyId),
            ("region", afterRegion),
            ("limit", limit));

    public void PutUse(string keyId, string region, LastUse use) => _putUse.Run(
        ("key_id", keyId),
        ("region", region),
        ("time", use.Time),
        ("recorded", use.Recorded),
        ("event_id", use.Use.EventId),
        ("name", use.Use.EventName),
        ("request_id", use.Use.RequestId));

    public LastUse? FindUse(string region, string keyId) => _findUse.Find(ReadUse, ("key_id", keyId), ("region", region));

    public void Dispose() => Database.Dispose();

    private static string KindOf(EventListName name) => name.Kind switch
    {
        EventListKind.Key => "key",
        EventListKind.Name => "name",
        _ => "all",
    };

    private static LastUse ReadUse(Row row) => new(
        row.Number("time"),
        row.Number("recorded"),
        new KeyUse(row.Text("event_id"), row.Time("time"), row.Text("name"), row.TextOrNull("request_id")));

    private static SegmentProgress ReadSegment(Row row) => new(
        row.SmallNumber("number"),
        new ChainPosition(row.Number("indexed"), row.Bytes("hash")),
        row.Number("count"),
        row.Number("first_time"),
        row.Number("last_time"),
        row.Number("last_commit"));
}
