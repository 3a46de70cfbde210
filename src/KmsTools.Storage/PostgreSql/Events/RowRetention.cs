using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// Lists segments, and drops those that are too much: what they know of the last uses of keys is kept, then they are marked as dropped, and then
/// their rows are deleted, in many statements so that none takes long. The next process goes on where one died.
/// </summary>
/// <param name="catalogue">The segments.</param>
/// <param name="mac">Authenticates rows.</param>
internal sealed class RowRetention(SegmentCatalogue catalogue, RowMac mac)
{
    private const int DeletedAtOnce = 5000;
    private const int ReadAtOnce = 10_000;
    private const int SavedAtOnce = 1000;

    /// <summary>All segments, with those that were dropped, in the order of their numbers.</summary>
    public ImmutableArray<EventSegment> List() => [.. catalogue.List().Select(Describe)];

    /// <summary>Deletes complete segments.</summary>
    public void Drop(IReadOnlyCollection<EventSegment> segments)
    {
        HashSet<long> numbers = [.. segments.Select(static segment => (long)segment.Number)];
        foreach (SegmentRow row in catalogue.List())
        {
            if (row.Status == SegmentRow.Dropping)
            {
                Delete(row);
            }
            else if (row.Status is SegmentRow.Sealed or SegmentRow.Broken && numbers.Contains(row.Number))
            {
                SaveLastUses(row);
                if (catalogue.TrySetStatus(row, SegmentRow.Dropping))
                {
                    Delete(row with { Status = SegmentRow.Dropping });
                }
            }
        }
    }

    private static EventSegment Describe(SegmentRow row) => new()
    {
        Number = checked((int)row.Number),
        State = row.Status switch
        {
            SegmentRow.Open => EventSegmentState.OPEN,
            SegmentRow.Sealed => EventSegmentState.SEALED,
            SegmentRow.Broken => EventSegmentState.BROKEN,
            _ => EventSegmentState.DROPPED,
        },
        Events = row.Events,
        Size = row.Size,
        FirstTime = row.Events == 0 ? null : EventRetention.TimeOf(row.FirstTime),
        LastTime = row.Events == 0 ? null : EventRetention.TimeOf(row.LastTime),
        Head = Convert.ToHexStringLower(row.Head),
    };

    private void Delete(SegmentRow row)
    {
        while (DeleteSome(row.Number) > 0)
        {
        }

        catalogue.TrySetStatus(row, SegmentRow.Dropped);
    }

    private int DeleteSome(long segment) => catalogue.Run(connection =>
    {
        using NpgsqlCommand command = new(
            """
            DELETE FROM events WHERE segment = @segment AND position <= (
                SELECT max(position) FROM (
                    SELECT position FROM events WHERE segment = @segment ORDER BY position LIMIT @limit) AS part)
            """,
            connection);
        command.Parameters.AddWithValue("segment", segment);
        command.Parameters.AddWithValue("limit", (long)DeletedAtOnce);
        return command.ExecuteNonQuery();
    });

    private void SaveLastUses(SegmentRow row)
    {
        Dictionary<(string KeyId, string Region), EventPosition> newest = [];
        for (long from = -1; from < row.Size;)
        {
            from = catalogue.Run(connection => ReadUses(connection, row.Number, from, newest));
        }

        foreach (KeyValuePair<(string KeyId, string Region), EventPosition>[] some in newest.OrderBy(static use => use.Key.KeyId)
            .ThenBy(static use => use.Key.Region).Chunk(SavedAtOnce))
        {
            catalogue.Run(connection =>
            {
                Dictionary<long, AuditRecord> records = ReadRecords(connection, row.Number, some.Select(static use => use.Value.Offset));
                LastUses.Save(
                    connection,
                    new RowAuthenticator(mac),
                    [
                        .. some.Where(use => records.ContainsKey(use.Value.Offset))
                            .Select(use => (use.Key, LastUses.Of(records[use.Value.Offset], use.Value.Recorded))),
                    ]);
                return true;
            });
        }
    }

    // Returns the position of the last event that was read; the largest number after the last of the segment.
    private static long ReadUses(
        NpgsqlConnection connection, long segment, long from, Dictionary<(string KeyId, string Region), EventPosition> newest)
    {
        using NpgsqlCommand command = new(
            """
            SELECT position, time, recorded, region, key_id, second_key_id, is_use FROM events
            WHERE segment = @segment AND position > @from ORDER BY position LIMIT @limit
            """,
            connection);
        command.Parameters.AddWithValue("segment", segment);
        command.Parameters.AddWithValue("from", from);
        command.Parameters.AddWithValue("limit", (long)ReadAtOnce);
        using NpgsqlDataReader reader = command.ExecuteReader();
        int count = 0;
        for (; reader.Read(); count++)
        {
            from = reader.GetInt64(0);
            if (reader.GetInt64(6) == 0)
            {
                continue;
            }

            EventPosition position = new(reader.GetInt64(1), reader.GetInt64(2), checked((int)segment), from);
            for (int column = 4; column <= 5; column++)
            {
                if (!reader.IsDBNull(column))
                {
                    (string, string) key = (StoredText.Read(reader.GetString(column)), StoredText.Read(reader.GetString(3)));
                    if (!newest.TryGetValue(key, out EventPosition known) || known.CompareTo(position) < 0)
                    {
                        newest[key] = position;
                    }
                }
            }
        }

        return count < ReadAtOnce ? long.MaxValue : from;
    }

    private static Dictionary<long, AuditRecord> ReadRecords(NpgsqlConnection connection, long segment, IEnumerable<long> positions)
    {
        using NpgsqlCommand command = new(
            "SELECT position, body FROM events WHERE segment = @segment AND position = ANY (@positions)", connection);
        command.Parameters.AddWithValue("segment", segment);
        command.Parameters.AddWithValue("positions", positions.Distinct().ToArray());
        using NpgsqlDataReader reader = command.ExecuteReader();
        Dictionary<long, AuditRecord> records = [];
        while (reader.Read())
        {
            // A damaged event must not keep the log from being shortened.
            if (RowVerifier.TryRead(reader.GetFieldValue<byte[]>(1)) is { } record)
            {
                records[reader.GetInt64(0)] = record;
            }
        }

        return records;
    }
}
