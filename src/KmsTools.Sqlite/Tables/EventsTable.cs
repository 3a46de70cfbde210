using KmsTools.Auditing;

namespace KmsTools.Sqlite.Tables;

/// <summary>Events of one file, and the newest use of each key.</summary>
internal sealed class EventsTable(Database database)
{
    private const string Columns =
        """
        SELECT events.seq, recorded, events.time, event_id, name, events.region, events.key_id, second_key_id, error_code, is_use, json
        FROM events

        """;

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO events (recorded, time, event_id, name, region, key_id, second_key_id, error_code, is_use, json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq
        """);

    private readonly Statement _putLastUse = database.Prepare(
        """
        INSERT INTO last_uses (key_id, region, time, seq) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET time = excluded.time, seq = excluded.seq WHERE excluded.time >= last_uses.time
        """);

    private readonly Statement _findLastUse = database.Prepare(
        Columns + " JOIN last_uses ON events.seq = last_uses.seq WHERE last_uses.key_id = ? AND last_uses.region = ?");

    private readonly Statement _newest = database.Prepare("SELECT max(seq) FROM events");

    private readonly Dictionary<(EventLookup, bool), Statement> _pages = [];

    public void Insert(AuditRecord record)
    {
        long sequence;
        using (Statement row = _insert.Start()
            .Bind(DateTime.UtcNow.Ticks)
            .Bind(record.Time)
            .Bind(record.EventId)
            .Bind(record.EventName)
            .Bind(record.Region)
            .Bind(record.KeyId)
            .Bind(record.SecondKeyId)
            .Bind(record.ErrorCode)
            .Bind(record.IsUse)
            .Bind(record.Json.Span))
        {
            row.Step();
            sequence = row.Number(0);
        }

        if (record.IsUse)
        {
            PutLastUse(record.KeyId, record, sequence);
            PutLastUse(record.SecondKeyId, record, sequence);
        }
    }

    public StoredEvent? FindLastUse(string region, string keyId)
    {
        using Statement row = _findLastUse.Start().Bind(keyId).Bind(region);
        return row.Step() ? Read(row) : null;
    }

    /// <summary>The number of the newest event; 0 when there is none.</summary>
    public long ReadNewest()
    {
        using Statement row = _newest.Start();
        row.Step();
        return row.Number(0);
    }

    public List<StoredEvent> ReadPage(EventLookup lookup, in EventPage page)
    {
        if (!_pages.TryGetValue((lookup, page.NewestFirst), out Statement? statement))
        {
            statement = database.Prepare(PageSql(lookup, page.NewestFirst));
            _pages.Add((lookup, page.NewestFirst), statement);
        }

        using Statement row = statement.Start()
            .Bind(page.Time).Bind(page.Sequence).Bind(page.LastTime).Bind(page.NewestSequence)
            .Bind(page.Region).Bind(page.EventName).Bind((long)page.Size).Bind(page.KeyId);
        var events = new List<StoredEvent>();
        while (row.Step())
        {
            events.Add(Read(row));
        }

        return events;
    }

    /// <summary>The SQL of a page; each of them walks one index from the position of the page.</summary>
    internal static string PageSql(EventLookup lookup, bool newestFirst)
    {
        (string index, string condition) = lookup switch
        {
            EventLookup.ByKey => ("events_by_key", "key_id = ?8"),

            // An event with the same key twice is found by the first already.
            EventLookup.BySecondKey => ("events_by_second_key", "second_key_id = ?8 AND key_id IS NOT ?8"),
            _ => ("events_by_time", "?8 IS NULL"),
        };
        (string beyond, string until, string order) = newestFirst ? ("<", ">=", "DESC") : (">", "<=", "ASC");
        return Columns
            + $" INDEXED BY {index} WHERE {condition} AND (time, seq) {beyond} (?1, ?2) AND time {until} ?3 AND seq <= ?4"
            + $" AND (?5 IS NULL OR region = ?5) AND (?6 IS NULL OR name = ?6) ORDER BY time {order}, seq {order} LIMIT ?7";
    }

    private void PutLastUse(string? keyId, AuditRecord record, long sequence)
    {
        if (keyId is not null)
        {
            _putLastUse.Start().Bind(keyId).Bind(record.Region).Bind(record.Time).Bind(sequence).Run();
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
