using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// The indices over the events of one file, as separate tables that are filled for <see cref="MaxTailLength"/> events at a time
/// and in the order of the index, so that a page is written once for many events.
/// </summary>
internal sealed class EventIndex(IDatabase database)
{
    /// <summary>The maximum number of events that are not in the index and are scanned instead.</summary>
    public const int MaxTailLength = 512;

    private readonly Statement _addTimes = new(
        database,
        "INSERT INTO events_by_time SELECT time, seq FROM events WHERE seq > (SELECT seq FROM indexed) ORDER BY time, seq");

    // UNION removes duplicate rows: an event may name the same key twice.
    private readonly Statement _addKeys = new(
        database,
        """
        INSERT INTO events_by_key
        SELECT key_id, time, seq FROM events WHERE seq > (SELECT seq FROM indexed) AND key_id IS NOT NULL
        UNION
        SELECT second_key_id, time, seq FROM events WHERE seq > (SELECT seq FROM indexed) AND second_key_id IS NOT NULL
        ORDER BY 1, 2, 3
        """);

    private readonly Statement _addLastUses = new(
        database,
        """
        INSERT INTO last_uses (key_id, region, time, seq)
        SELECT key_id, region, time, seq FROM events
        WHERE seq > (SELECT seq FROM indexed) AND is_use AND key_id IS NOT NULL
        UNION
        SELECT second_key_id, region, time, seq FROM events
        WHERE seq > (SELECT seq FROM indexed) AND is_use AND second_key_id IS NOT NULL
        ORDER BY 1, 2, 3, 4
        ON CONFLICT DO UPDATE SET time = excluded.time, seq = excluded.seq WHERE excluded.time >= last_uses.time
        """);

    private readonly Statement _moveOn = new(database, "UPDATE indexed SET seq = @seq");

    /// <summary>
    /// Must be called after every insertion, in its transaction. The number of the event determines when the tail is due, so that several
    /// processes need not query its length.
    /// </summary>
    public void Inserted(long sequence)
    {
        if (sequence % MaxTailLength != 0)
        {
            return;
        }

        _addTimes.Run();
        _addKeys.Run();
        _addLastUses.Run();
        _moveOn.Run(("seq", sequence));
    }
}
