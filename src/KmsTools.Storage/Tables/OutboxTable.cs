using System.Buffers.Binary;
using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The events of commits, until they are in the event log and on the disk: columns of the table of commits.</summary>
internal sealed class OutboxTable(IDatabase database)
{
    private readonly Statement _readNext = new(database, "SELECT coalesce(max(number), 0) + 1 AS number FROM commits");

    private readonly Statement _put = new(
        database,
        """
        INSERT INTO commits (number, touched, segment, events) VALUES (@number, '', @segment, @events)
        ON CONFLICT (number) DO UPDATE SET segment = excluded.segment, events = excluded.events
        """);

    // Without the newest row the number of the next commit would be that of an earlier one.
    private readonly Statement _clearOlder = new(
        database,
        """
        DELETE FROM commits
        WHERE segment = @segment AND number <= @number AND touched = '' AND number < (SELECT max(number) FROM commits)
        """);

    private readonly Statement _clear = new(
        database, "UPDATE commits SET segment = NULL, events = NULL WHERE segment = @segment AND number <= @number");

    private readonly Statement _list = new(
        database, "SELECT number, segment, events FROM commits WHERE segment IS NOT NULL ORDER BY number");

    /// <summary>The number of the next commit.</summary>
    public long ReadNextNumber() => _readNext.Find(static row => row.Number("number"));

    /// <summary>Saves the events of a commit.</summary>
    /// <param name="item">The commit; if it has a row, the events are added to that.</param>
    public void Put(OutboxItem item)
    {
        byte[] saved = new byte[sizeof(long) + item.Events.Length];
        BinaryPrimitives.WriteInt64LittleEndian(saved, item.SegmentLength);
        item.Events.CopyTo(saved, sizeof(long));
        _put.Run(("number", item.Number), ("segment", item.Segment), ("events", saved));
    }

    /// <summary>Forgets the events of commits up to one, which are in a segment and on the disk.</summary>
    public void Clear(int segment, long number)
    {
        _clearOlder.Run(("segment", segment), ("number", number));
        _clear.Run(("segment", segment), ("number", number));
    }

    /// <summary>The commits whose events are kept, in their order.</summary>
    public ImmutableArray<OutboxItem> List() => _list.List(static row =>
    {
        long number = row.Number("number");
        int segment = row.SmallNumber("segment");
        byte[] saved = row.Bytes("events");
        return new OutboxItem(number, segment, BinaryPrimitives.ReadInt64LittleEndian(saved), saved[sizeof(long)..]);
    });
}

/// <summary>The events of a commit.</summary>
/// <param name="Number">The number of the commit.</param>
/// <param name="Segment">The segment in which they are, or will be.</param>
/// <param name="SegmentLength">A length that the segment had before they were appended.</param>
/// <param name="Events">The events as records whose hashes are missing.</param>
internal sealed record OutboxItem(long Number, int Segment, long SegmentLength, byte[] Events);
