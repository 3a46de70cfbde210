using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// Queries over the events of all segments, page by page, each a statement of its own: a pipeline that is slow, or never ends, keeps no
/// transaction open. Every statement finds its rows in the order of an index, so that it reads little more than the page.
/// </summary>
/// <param name="catalogue">The segments.</param>
/// <param name="mac">Authenticates rows.</param>
internal sealed class RowReader(SegmentCatalogue catalogue, RowMac mac)
{
    private const int PageSize = 256;

    // A query for what is rare reads long parts of an index.
    private const int TimeoutSeconds = 60;

    private const string Parts = "time, recorded, segment, position";

    public IEnumerable<AuditRecord> Query(EventQuery query)
    {
        EventSearch search = new(query);
        if (query.Last is int last)
        {
            return last <= 0 ? [] : Read(query, search, Math.Min(last, PageSize)).Take(last).Reverse();
        }

        return Read(query, search, PageSize);
    }

    /// <summary>The newest use of a key, or null.</summary>
    public KeyUse? FindLastUsage(string region, string keyId) => catalogue.Run(connection =>
    {
        using NpgsqlCommand command = new(LastUseText(), connection) { CommandTimeout = TimeoutSeconds };
        command.Parameters.AddWithValue("key", StoredText.Write(keyId));
        command.Parameters.AddWithValue("region", StoredText.Write(region));
        LastUse? newest = null;
        using (NpgsqlDataReader reader = command.ExecuteReader())
        {
            if (reader.Read())
            {
                newest = LastUses.Of(EventCodec.Read(reader.GetFieldValue<byte[]>(2)), reader.GetInt64(1));
            }
        }

        LastUse? dropped = LastUses.Find(connection, new RowAuthenticator(mac), region, keyId);
        return dropped is not null && dropped.IsAfter(newest) ? dropped.Use : newest?.Use;
    });

    /// <summary>The text of the query for the last use of @key in @region.</summary>
    public static string LastUseText()
    {
        IEnumerable<string> parts = s_keys.Select(static key =>
            $"(SELECT {Parts}, body FROM events WHERE {key} AND is_use = 1 AND region = @region "
                + "ORDER BY time DESC, recorded DESC, segment DESC, position DESC LIMIT 1)");
        return $"SELECT time, recorded, body FROM ({string.Join(" UNION ALL ", parts)}) AS found "
            + "ORDER BY time DESC, recorded DESC, segment DESC, position DESC LIMIT 1";
    }

    /// <summary>The text of a query for a page.</summary>
    public static string PageText(EventQuery query, EventSearch search)
    {
        string direction = search.NewestFirst ? "DESC" : "ASC";
        string order = $"ORDER BY time {direction}, recorded {direction}, segment {direction}, position {direction} LIMIT @limit";
        string rest = $"({Parts}) {(search.NewestFirst ? "<" : ">")} (@time, @recorded, @segment, @position) AND time "
            + (search.NewestFirst ? ">= @end" : "<= @end")
            + (query.Region is null ? "" : " AND region = @region")
            + " AND segment <= @last AND NOT EXISTS ("
            + "SELECT 1 FROM unnest(@open, @sizes) AS bound (number, size) WHERE number = segment AND position >= size) "
            + order;
        string named = query.EventName is null ? "" : " AND name = @name";
        IEnumerable<string> conditions = query.KeyId is not null
            ? s_keys.SelectMany(key => new[] { $"{key} AND is_use = 0{named}", $"{key} AND is_use = 1{named}" })
            : [query.EventName is null ? "TRUE" : "name = @name"];
        string[] parts = [.. conditions.Select(condition => $"(SELECT {Parts}, body FROM events WHERE {condition} AND {rest})")];
        return parts is [var only] ? only : $"SELECT * FROM ({string.Join(" UNION ALL ", parts)}) AS found {order}";
    }

    // Of an event about the same key twice the first counts.
    private static readonly ImmutableArray<string> s_keys =
        ["key_id = @key", "second_key_id = @key AND (key_id IS NULL OR key_id <> @key)"];

    private IEnumerable<AuditRecord> Read(EventQuery query, EventSearch search, int pageSize)
    {
        string text = PageText(query, search);
        (long last, long[] open, long[] sizes) = catalogue.Run(ReadBounds);
        EventPosition from = search.NewestFirst
            ? new EventPosition(search.LastTime, long.MaxValue, int.MaxValue, long.MaxValue)
            : new EventPosition(search.FirstTime, long.MinValue, 0, -1);
        while (true)
        {
            List<(EventPosition Position, AuditRecord Record)> page = catalogue.Run(connection =>
            {
                using NpgsqlCommand command = new(text, connection) { CommandTimeout = TimeoutSeconds };
                command.Parameters.AddWithValue("time", from.Time);
                command.Parameters.AddWithValue("recorded", from.Recorded);
                command.Parameters.AddWithValue("segment", (long)from.Segment);
                command.Parameters.AddWithValue("position", from.Offset);
                command.Parameters.AddWithValue("end", search.NewestFirst ? search.FirstTime : search.LastTime);
                command.Parameters.AddWithValue("last", last);
                command.Parameters.AddWithValue("open", open);
                command.Parameters.AddWithValue("sizes", sizes);
                command.Parameters.AddWithValue("limit", (long)pageSize);
                Add(command, "region", query.Region);
                Add(command, "name", query.EventName is { } name ? EventListName.OfName(name).Term : null);
                Add(command, "key", query.KeyId);
                return ReadPage(command);
            });
            foreach ((_, AuditRecord record) in page)
            {
                yield return record;
            }

            if (page.Count < pageSize)
            {
                yield break;
            }

            from = page[^1].Position;
        }
    }

    // What is appended while the query is read is not part of it.
    private static (long Last, long[] Open, long[] Sizes) ReadBounds(NpgsqlConnection connection)
    {
        using NpgsqlCommand command = new(
            "SELECT number, size, status FROM event_segments WHERE status = 'OPEN' OR number = (SELECT max(number) FROM event_segments)",
            connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        long last = 0;
        List<long> open = [];
        List<long> sizes = [];
        while (reader.Read())
        {
            last = Math.Max(last, reader.GetInt64(0));
            if (reader.GetString(2) == SegmentRow.Open)
            {
                open.Add(reader.GetInt64(0));
                sizes.Add(reader.GetInt64(1));
            }
        }

        return (last, [.. open], [.. sizes]);
    }

    private static List<(EventPosition Position, AuditRecord Record)> ReadPage(NpgsqlCommand command)
    {
        using NpgsqlDataReader reader = command.ExecuteReader();
        List<(EventPosition Position, AuditRecord Record)> page = [];
        while (reader.Read())
        {
            EventPosition position = new(
                reader.GetInt64(0), reader.GetInt64(1), checked((int)reader.GetInt64(2)), reader.GetInt64(3));
            page.Add((position, EventCodec.Read(reader.GetFieldValue<byte[]>(4))));
        }

        return page;
    }

    private static void Add(NpgsqlCommand command, string name, string? value)
    {
        if (value is not null)
        {
            command.Parameters.AddWithValue(name, StoredText.Write(value));
        }
    }
}
