using KmsTools.Auditing;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Events of one file. Their indices are in <see cref="EventIndex"/>.</summary>
internal sealed class EventsTable(Database database)
{
    private const string Columns =
        """
        SELECT events.seq, events.recorded, events.time, events.event_id, events.name, events.region, events.key_id,
               events.second_key_id, events.error_code, events.is_use, events.json

        """;

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO events (recorded, time, event_id, name, region, key_id, second_key_id, error_code, is_use, json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _findIndexedUse = database.Prepare(
        Columns + "FROM last_uses JOIN events USING (seq) WHERE last_uses.key_id = ? AND last_uses.region = ?");

    private readonly Statement _findTailUse = database.Prepare(
        Columns
        + """
        FROM events
        WHERE seq > (SELECT seq FROM indexed) AND is_use AND ?1 IN (key_id, second_key_id) AND region = ?2
        ORDER BY time DESC, seq DESC LIMIT 1
        """);

    private readonly Statement _readBounds = database.Prepare("SELECT seq, (SELECT max(seq) FROM events) FROM indexed");
    private readonly EventIndex _index = new(database);
    private readonly Dictionary<(EventLookup, bool), Statement> _pages = [];

    public void Insert(AuditRecord record)
    {
        _insert.Start()
            .Bind(DateTime.UtcNow.Ticks)
            .Bind(record.Time)
            .Bind(record.EventId)
            .Bind(record.EventName)
            .Bind(record.Region)
            .Bind(record.KeyId)
            .Bind(record.SecondKeyId)
            .Bind(record.ErrorCode)
            .Bind(record.IsUse)
            .Bind(record.Json.Span)
            .Run();
        _index.Inserted(database.LastInsertedRow);
    }

    public StoredEvent? FindLastUse(string region, string keyId)
    {
        // The tail first: events that move into the index in between are found there.
        StoredEvent? inTail = ReadOne(_findTailUse.Start().Bind(keyId).Bind(region));
        StoredEvent? indexed = ReadOne(_findIndexedUse.Start().Bind(keyId).Bind(region));
        return inTail is StoredEvent tail && (indexed is not StoredEvent other || StoredEvent.Compare(tail, other) > 0) ? inTail : indexed;
    }

    /// <summary>The newest event in the index, and the newest of all; 0 if there is none.</summary>
    public (long Indexed, long Newest) ReadBounds()
    {
        using Statement row = _readBounds.Start();
        row.Step();
        return (row.Number(0), row.Number(1));
    }

    public List<StoredEvent> ReadPage(EventLookup lookup, EventPage page)
    {
        if (!_pages.TryGetValue((lookup, page.NewestFirst), out Statement? statement))
        {
            statement = database.Prepare(PageSql(lookup, page.NewestFirst));
            _pages.Add((lookup, page.NewestFirst), statement);
        }

        using Statement row = statement.Start()
            .Bind(page.Time).Bind(page.Sequence).Bind(page.LastTime).Bind(page.Bounds.Indexed).Bind(page.Bounds.Newest)
            .Bind(page.Region).Bind(page.EventName).Bind((long)page.Size).Bind(page.KeyId);
        List<StoredEvent> events = new();
        while (row.Step())
        {
            events.Add(Read(row));
        }

        return events;
    }

    /// <summary>The SQL of a page. Reads an index from the position of the page, or scans the tail.</summary>
    internal static string PageSql(EventLookup lookup, bool newestFirst)
    {
        (string beyond, string until, string order) = newestFirst ? ("<", ">=", "DESC") : (">", "<=", "ASC");
        (string found, string condition) = lookup switch
        {
            EventLookup.ByKey => ("events_by_key", "found.key_id = ?9 AND found.seq <= ?4"),
            EventLookup.ByTime => ("events_by_time", "found.seq <= ?4 AND ?9 IS NULL"),

            // Positions first, then rows: the sorter must not carry the JSON of the whole tail.
            _ => (
                $"""
                (SELECT time, seq FROM events
                 WHERE seq > ?4 AND seq <= ?5 AND (?9 IS NULL OR ?9 IN (key_id, second_key_id))
                 AND (time, seq) {beyond} (?1, ?2) AND time {until} ?3
                 AND (?6 IS NULL OR region = ?6) AND (?7 IS NULL OR name = ?7)
                 ORDER BY time {order}, seq {order} LIMIT ?8)
                """,
                "true"),
        };
        return Columns
            + $"""
            FROM {found} AS found CROSS JOIN events ON events.seq = found.seq
            WHERE {condition} AND (found.time, found.seq) {beyond} (?1, ?2) AND found.time {until} ?3
            AND (?6 IS NULL OR events.region = ?6) AND (?7 IS NULL OR events.name = ?7)
            ORDER BY found.time {order}, found.seq {order} LIMIT ?8
            """;
    }

    private static StoredEvent? ReadOne(Statement row)
    {
        using (row)
        {
            return row.Step() ? Read(row) : null;
        }
    }

    private static StoredEvent Read(Statement row) => new(
        row.Number(0),
        row.Number(1),
        row.Number(2),
        new AuditRecord(
            row.Text(3),
            row.Time(2),
            row.Text(4),
            row.Text(5),
            row.TextOrNull(6),
            row.TextOrNull(7),
            row.TextOrNull(8),
            row.Flag(9),
            row.Bytes(10)));
}
