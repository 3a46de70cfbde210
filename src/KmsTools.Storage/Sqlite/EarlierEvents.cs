using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Sqlite;

/// <summary>The events that versions before the segments kept in a table, in state.db and in events.db.</summary>
internal static class EarlierEvents
{
    private const int PageSize = 1000;

    /// <summary>All of them, as records whose hashes are missing, some at a time.</summary>
    public static IEnumerable<ImmutableArray<byte[]>> Read(Database database)
    {
        Statement select = new(
            database,
            """
            SELECT seq, recorded, event_id, time, name, region, key_id, second_key_id, error_code, is_use, json
            FROM events WHERE seq > @seq ORDER BY seq LIMIT @limit
            """);
        long last = 0;
        while (true)
        {
            ImmutableArray<byte[]> page = select.List(
                row =>
                {
                    last = row.Number("seq");
                    long recorded = row.Number("recorded");
                    return EventCodec.Encode(
                        new AuditRecord(
                            row.Text("event_id"),
                            row.Time("time"),
                            row.Text("name"),
                            row.Text("region"),
                            row.TextOrNull("key_id"),
                            row.TextOrNull("second_key_id"),
                            row.TextOrNull("error_code"),
                            row.Flag("is_use"),
                            row.Bytes("json")),
                        recorded);
                },
                ("seq", last),
                ("limit", PageSize));
            if (page.IsEmpty)
            {
                yield break;
            }

            yield return page;
        }
    }
}
