using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Sqlite;

/// <summary>Events of one file. Their indices are in <see cref="EventIndex"/>.</summary>
internal sealed class EventsTable(Database database)
{
    private const string Columns =
        """
        SELECT events.seq, events.recorded, events.time, events.event_id, events.name, events.region, events.key_id,
               events.second_key_id, events.error_code, events.is_use, events.json

        """;

    private static readonly string[] s_inserted =
        ["recorded", "time", "event_id", "name", "region", "key_id", "second_key_id", "error_code", "is_use", "json"];

    private static readonly string s_insert =
        $"INSERT INTO events ({string.Join(", ", s_inserted)}) VALUES ({string.Join(", ", s_inserted.Select(static _ => "?"))})";

    private readonly NativeStatement _insert = database.PrepareNative(s_insert, s_inserted);

    private readonly Statement _findIndexedUse = new(
        database, Columns + "FROM last_uses JOIN events USING (seq) WHERE last_uses.key_id = @key_id AND last_uses.region = @region");

    private readonly Statement _findTailUse = new(
        database,
        Columns
            + """
            FROM events
            WHERE seq > (SELECT seq FROM indexed) AND is_use AND @key_id IN (key_id, second_key_id) AND region = @region
            ORDER BY time DESC, seq DESC LIMIT 1
            """);

    private readonly Statement _readBounds = new(
        database, "SELECT seq AS indexed, coalesce((SELECT max(seq) FROM events), 0) AS newest FROM indexed");

    private readonly EventIndex _index = new(database);
    private readonly Dictionary<(EventLookup, bool), Statement> _pages = [];

    public void Insert(AuditRecord record)
    {
        _insert.Start()
            .Bind("recorded", DateTime.UtcNow.Ticks)
            .Bind("time", record.Time.ToUnixTimeMilliseconds())
            .Bind("event_id", record.EventId)
            .Bind("name", record.EventName)
            .Bind("region", record.Region)
            .Bind("key_id", record.KeyId)
            .Bind("second_key_id", record.SecondKeyId)
            .Bind("error_code", record.ErrorCode)
            .Bind("is_use", record.IsUse ? 1 : 0)
            .Bind("json", record.Json.Span)
            .Run();
        _index.Inserted(database.LastInsertedRow);
    }

    public StoredEvent? FindLastUse(string region, string keyId)
    {
        // The tail first: events that move into the index in between are found there.
        StoredEvent? inTail = _findTailUse.Find<StoredEvent?>(static row => Read(row), ("key_id", keyId), ("region", region));
        StoredEvent? indexed = _findIndexedUse.Find<StoredEvent?>(static row => Read(row), ("key_id", keyId), ("region", region));
        return inTail is StoredEvent tail && (indexed is not StoredEvent other || StoredEvent.Compare(tail, other) > 0) ? inTail : indexed;
    }

    /// <summary>The newest event in the index, and the newest of all; 0 if there is none.</summary>
    public (long Indexed, long Newest) ReadBounds() => _readBounds.Find(static row => (row.Number("indexed"), row.Number("newest")));

    public ImmutableArray<StoredEvent> ReadPage(EventLookup lookup, EventPage page)
    {
        if (!_pages.TryGetValue((lookup, page.NewestFirst), out Statement? statement))
        {
            statement = new Statement(database, PageSql(lookup, page.NewestFirst));
            _pages.Add((lookup, page.NewestFirst), statement);
        }

        return statement.List(
            Read,
            ("time", page.Time),
            ("sequence", page.Sequence),
            ("last_time", page.LastTime),
            ("indexed", page.Bounds.Indexed),
            ("newest", page.Bounds.Newest),
            ("region", page.Region),
            ("name", page.EventName),
            ("limit", page.Size),
            ("key_id", page.KeyId));
    }

    /// <summary>The SQL of a page. Reads an index from the position of the page, or scans the tail.</summary>
    internal static string PageSql(EventLookup lookup, bool newestFirst)
    {
        (string beyond, string until, string order) = newestFirst ? ("<", ">=", "DESC") : (">", "<=", "ASC");
        (string found, string condition) = lookup switch
        {
            EventLookup.ByKey => ("events_by_key", "found.key_id = @key_id AND found.seq <= @indexed"),
            EventLookup.ByTime => ("events_by_time", "found.seq <= @indexed AND @key_id IS NULL"),

            // Positions first, then rows: the sorter must not carry the JSON of the whole tail.
            _ => (
                $"""
                (SELECT time, seq FROM events
                 WHERE seq > @indexed AND seq <= @newest AND (@key_id IS NULL OR @key_id IN (key_id, second_key_id))
                 AND (time, seq) {beyond} (@time, @sequence) AND time {until} @last_time
                 AND (@region IS NULL OR region = @region) AND (@name IS NULL OR name = @name)
                 ORDER BY time {order}, seq {order} LIMIT @limit)
                """,
                "true"),
        };
        return Columns
            + $"""
            FROM {found} AS found CROSS JOIN events ON events.seq = found.seq
            WHERE {condition} AND (found.time, found.seq) {beyond} (@time, @sequence) AND found.time {until} @last_time
            AND (@region IS NULL OR events.region = @region) AND (@name IS NULL OR events.name = @name)
            ORDER BY found.time {order}, found.seq {order} LIMIT @limit
            """;
    }

    private static StoredEvent Read(Row row) => new(
        row.Number("seq"),
        row.Number("recorded"),
        row.Number("time"),
        new AuditRecord(
            row.Text("event_id"),
            row.Time("time"),
            row.Text("name"),
            row.Text("region"),
            row.TextOrNull("key_id"),
            row.TextOrNull("second_key_id"),
            row.TextOrNull("error_code"),
            row.Flag("is_use"),
            row.Bytes("json")));
}
