using KmsTools.Auditing;
using KmsTools.Storage.Sql;
using Npgsql;
using NpgsqlTypes;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>The newest uses of keys in segments that were dropped: the table last_uses.</summary>
internal static class LastUses
{
    private const string Table = "last_uses";

    /// <summary>The use that an event records.</summary>
    /// <param name="record">The event.</param>
    /// <param name="recorded">Ticks of the real clock when it was recorded.</param>
    public static LastUse Of(AuditRecord record, long recorded) =>
        new(record.Time.ToUnixTimeMilliseconds(), recorded, EventIndexer.UseOf(record));

    /// <summary>The newest use of a key; null if there is none.</summary>
    /// <exception cref="Persistence.StateStoreException">The row was changed, or is damaged.</exception>
    public static LastUse? Find(NpgsqlConnection connection, RowAuthenticator rows, string region, string keyId)
    {
        using NpgsqlCommand command = new(
            "SELECT time, recorded, event_id, name, request_id, mac FROM last_uses WHERE key_id = @key AND region = @region", connection);
        command.Parameters.AddWithValue("key", StoredText.Write(keyId));
        command.Parameters.AddWithValue("region", StoredText.Write(region));
        using NpgsqlDataReader reader = command.ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        LastUse use = new(
            reader.GetInt64(0),
            reader.GetInt64(1),
            new KeyUse(
                reader.GetString(2),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)),
                reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetString(4)));
        return Mac(rows, region, keyId, use).AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(5))
            ? use
            : throw RowAuthenticator.Refusal(Table, $"key_id={keyId}, region={region}");
    }

    /// <summary>Saves uses, where none that are newer are known.</summary>
    public static void Save(
        NpgsqlConnection connection, RowAuthenticator rows, IReadOnlyCollection<((string KeyId, string Region) Key, LastUse Use)> uses)
    {
        using NpgsqlCommand command = new(
            """
            INSERT INTO last_uses (key_id, region, time, recorded, event_id, name, request_id, mac)
            SELECT * FROM unnest(@keys, @regions, @times, @recorded, @event_ids, @names, @request_ids, @macs)
            ON CONFLICT (key_id, region) DO UPDATE
            SET time = excluded.time, recorded = excluded.recorded, event_id = excluded.event_id, name = excluded.name,
                request_id = excluded.request_id, mac = excluded.mac
            WHERE (last_uses.time, last_uses.recorded) < (excluded.time, excluded.recorded)
            """,
            connection);
        NpgsqlParameterCollection parameters = command.Parameters;
        parameters.AddWithValue("keys", uses.Select(static use => StoredText.Write(use.Key.KeyId)).ToArray());
        parameters.AddWithValue("regions", uses.Select(static use => StoredText.Write(use.Key.Region)).ToArray());
        parameters.AddWithValue("times", uses.Select(static use => use.Use.Time).ToArray());
        parameters.AddWithValue("recorded", uses.Select(static use => use.Use.Recorded).ToArray());
        parameters.AddWithValue("event_ids", uses.Select(static use => use.Use.Use.EventId).ToArray());
        parameters.AddWithValue("names", uses.Select(static use => use.Use.Use.EventName).ToArray());
        parameters.AddWithValue(
            "request_ids", NpgsqlDbType.Array | NpgsqlDbType.Text, uses.Select(static use => use.Use.Use.RequestId).ToArray());
        parameters.AddWithValue("macs", uses.Select(use => Mac(rows, use.Key.Region, use.Key.KeyId, use.Use)).ToArray());
        command.ExecuteNonQuery();
    }

    private static byte[] Mac(RowAuthenticator rows, string region, string keyId, LastUse use)
    {
        rows.Begin(Table);
        rows.Add("event_id", use.Use.EventId);
        rows.Add("key_id", keyId);
        rows.Add("name", use.Use.EventName);
        rows.Add("recorded", use.Recorded);
        rows.Add("region", region);
        rows.Add("request_id", use.Use.RequestId);
        rows.Add("time", use.Time);
        return rows.End();
    }
}
