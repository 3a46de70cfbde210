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

    private static readonly string[] s_timeColumns = ["segment", "time", "recorded", "record", "region"];
    private static readonly string[] s_nameColumns = ["segment", "name", "time", "recorded", "record", "region"];
    private static readonly string[] s_keyColumns = ["segment", "key_id", "time", "recorded", "record", "region", "name"];

    private readonly NativeStatement _addTime;
    private readonly NativeStatement _addName;
    private readonly NativeStatement _addKey;
    private readonly Statement _putUse;
    private readonly Statement _findUse;
    private readonly Statement _findSegment;
    private readonly Statement _listSegments;
    private readonly Statement _putSegment;
    private readonly Statement[] _deleteSegment;
    private readonly Dictionary<(EventLookup, bool), Statement> _pages = [];

    private EventIndexConnection(Database database)
    {
        Database = database;
        _addTime = Adding("events_by_time", "", s_timeColumns);
        _addName = Adding("events_by_name", "", s_nameColumns);

        // An event may name the same key twice.
        _addKey = Adding("events_by_key", "OR IGNORE ", s_keyColumns);
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
            new Statement(database, "DELETE FROM events_by_time WHERE segment = @number"),
            new Statement(database, "DELETE FROM events_by_name WHERE segment = @number"),
            new Statement(database, "DELETE FROM events_by_key WHERE segment = @number"),
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

    public void AddTime(EventEntry entry) => _addTime.Start()
        .Bind("segment", entry.Segment)
        .Bind("time", entry.Time)
        .Bind("recorded", entry.Recorded)
        .Bind("record", entry.Offset)
        .Bind("region", entry.Region)
        .Run();

    public void AddName(EventEntry entry) => _addName.Start()
        .Bind("segment", entry.Segment)
        .Bind("name", entry.Name)
        .Bind("time", entry.Time)
        .Bind("recorded", entry.Recorded)
        .Bind("record", entry.Offset)
        .Bind("region", entry.Region)
        .Run();

    public void AddKey(EventEntry entry, string keyId) => _addKey.Start()
        .Bind("segment", entry.Segment)
        .Bind("key_id", keyId)
        .Bind("time", entry.Time)
        .Bind("recorded", entry.Recorded)
        .Bind("record", entry.Offset)
        .Bind("region", entry.Region)
        .Bind("name", entry.Name)
        .Run();

    public void PutUse(string keyId, string region, LastUse use) => _putUse.Run(
        ("key_id", keyId),
        ("region", region),
        ("time", use.Time),
        ("recorded", use.Recorded),
        ("event_id", use.Use.EventId),
        ("name", use.Use.EventName),
        ("request_id", use.Use.RequestId));

    public LastUse? FindUse(string region, string keyId) => _findUse.Find(
        static row => new LastUse(
            row.Number("time"),
            row.Number("recorded"),
            new KeyUse(row.Text("event_id"), row.Time("time"), row.Text("name"), row.TextOrNull("request_id"))),
        ("key_id", keyId),
        ("region", region));

    public ImmutableArray<EventPosition> ReadPage(EventLookup lookup, EventPage page)
    {
        if (!_pages.TryGetValue((lookup, page.NewestFirst), out Statement? statement))
        {
            statement = new Statement(Database, PageSql(lookup, page.NewestFirst));
            _pages.Add((lookup, page.NewestFirst), statement);
        }

        int segment = page.From.Segment;
        return statement.List(
            row => new EventPosition(row.Number("time"), row.Number("recorded"), segment, row.Number("record")),
            [
                ("segment", segment),
                .. (ReadOnlySpan<(string, object?)>)(lookup switch
                {
                    EventLookup.ByKey => [("key_id", page.KeyId), ("name", page.EventName)],
                    EventLookup.ByName => [("name", page.EventName)],
                    _ => [],
                }),
                ("time", page.From.Time),
                ("recorded", page.From.Recorded),
                ("record", page.From.Offset),
                ("last_time", page.LastTime),
                ("indexed", page.Indexed),
                ("region", page.Region),
                ("limit", page.Size),
            ]);
    }

    /// <summary>The SQL of a page: reads an index from the position of the page.</summary>
    internal static string PageSql(EventLookup lookup, bool newestFirst)
    {
        (string beyond, string until, string order) = newestFirst ? ("<", ">=", "DESC") : (">", "<=", "ASC");
        (string table, string condition) = lookup switch
        {
            EventLookup.ByKey => ("events_by_key", " AND key_id = @key_id AND (@name IS NULL OR name = @name)"),
            EventLookup.ByName => ("events_by_name", " AND name = @name"),
            _ => ("events_by_time", ""),
        };
        return
            $"""
            SELECT time, recorded, record FROM {table}
            WHERE segment = @segment{condition}
            AND (time, recorded, record) {beyond} (@time, @recorded, @record) AND time {until} @last_time AND record < @indexed
            AND (@region IS NULL OR region = @region)
            ORDER BY time {order}, recorded {order}, record {order} LIMIT @limit
            """;
    }

    public void Dispose() => Database.Dispose();

    private NativeStatement Adding(string table, string conflict, string[] columns) => Database.PrepareNative(
        $"INSERT {conflict}INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select(static _ => "?"))})",
        columns);

    private static SegmentProgress ReadSegment(Row row) => new(
        row.SmallNumber("number"),
        new ChainPosition(row.Number("indexed"), row.Bytes("hash")),
        row.Number("count"),
        row.Number("first_time"),
        row.Number("last_time"),
        row.Number("last_commit"));
}
