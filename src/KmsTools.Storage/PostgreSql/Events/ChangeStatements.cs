using KmsTools.Storage.Sql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// What saves events in the transaction of a change. Nothing waits for an answer of the database, so the statements fail where the segment is
/// not as it was: there is no number of a segment then, which must not be null.
/// </summary>
/// <param name="database">The connection of the transaction.</param>
internal sealed class ChangeStatements(IDatabase database)
{
    private readonly Statement _move = new(
        database,
        """
        UPDATE event_segments
        SET moved = @moved, events = @events, size = @size, first_time = @first_time, last_time = @last_time, head = @head, mac = @mac
        WHERE number = @number AND status = 'OPEN' AND node = @node AND events = @before
        """,
        isHot: true);

    private readonly Statement _insert = new(
        database,
        """
        INSERT INTO events (segment, position, time, recorded, name, region, key_id, second_key_id, is_use, body, hash)
        VALUES (
            (SELECT number FROM event_segments WHERE number = @number AND node = @node AND events = @events AND head = @head),
            @position, @time, @recorded, @name, @region, @key_id, @second_key_id, @is_use, @body, @hash)
        """,
        isHot: true);

    /// <summary>Saves events.</summary>
    /// <param name="before">The segment.</param>
    /// <param name="after">The segment with the events.</param>
    /// <param name="mac">The MAC of its row then.</param>
    /// <param name="events">The events.</param>
    public void Save(SegmentRow before, SegmentRow after, byte[] mac, ChainedEvent[] events)
    {
        _move.Run(
            ("moved", after.Moved),
            ("events", after.Events),
            ("size", after.Size),
            ("first_time", after.FirstTime),
            ("last_time", after.LastTime),
            ("head", after.Head),
            ("mac", mac),
            ("number", before.Number),
            ("node", before.Node),
            ("before", before.Events));
        foreach (ChainedEvent added in events)
        {
            _insert.Run(
                ("number", after.Number),
                ("node", after.Node),
                ("events", after.Events),
                ("head", after.Head),
                ("position", added.Entry.Offset),
                ("time", added.Entry.Time),
                ("recorded", added.Entry.Recorded),
                ("name", added.Name),
                ("region", added.Entry.Region),
                ("key_id", added.Entry.KeyId),
                ("second_key_id", added.Entry.SecondKeyId),
                ("is_use", added.Entry.IsUse),
                ("body", added.Body),
                ("hash", added.Hash));
        }
    }
}
