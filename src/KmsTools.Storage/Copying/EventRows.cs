using System.Buffers.Binary;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Copying;

/// <summary>The tables of the event log of a shared store, and the chains of its segments.</summary>
internal static class EventRows
{
    /// <summary>The events.</summary>
    public static TableShape Events { get; } = new(
        "events",
        [
            Number("segment"), Number("position"), Number("time"), Number("recorded"), Text("name"), Text("region"), Text("key_id"),
            Text("second_key_id"), Number("is_use"), Bytes("body"), Bytes("hash"),
        ],
        ["segment", "position"]);

    /// <summary>The catalogue.</summary>
    public static TableShape Segments { get; } = new(
        SegmentRow.Table,
        [
            Number("number"), Text("lane"), Text("status"), Text("node"), Number("moved"), Number("events"), Number("size"),
            Number("first_time"), Number("last_time"), Bytes("header"), Bytes("head"), Bytes(RowAuthenticator.Column),
        ],
        ["number"]);

    /// <summary>The newest uses of keys in segments that were dropped.</summary>
    public static TableShape LastUses { get; } = new(
        "last_uses",
        [
            Text("key_id"), Text("region"), Number("time"), Number("recorded"), Text("event_id"), Text("name"), Text("request_id"),
            Bytes(RowAuthenticator.Column),
        ],
        ["key_id", "region"]);

    /// <summary>The row of an event.</summary>
    public static object[] RowOf(EventEntry entry, byte[] body, byte[] hash) =>
    [
        (long)entry.Segment, entry.Offset, entry.Time, entry.Recorded, EventListName.OfName(entry.Name).Term, entry.Region,
        (object?)entry.KeyId ?? DBNull.Value, (object?)entry.SecondKeyId ?? DBNull.Value, entry.IsUse ? 1L : 0L, body, hash,
    ];

    /// <summary>The row of a segment.</summary>
    public static object[] RowOf(SegmentRow segment, RowAuthenticator rows) =>
    [
        segment.Number, segment.Lane, segment.Status, segment.Node, segment.Moved, segment.Events, segment.Size, segment.FirstTime,
        segment.LastTime, segment.Header, segment.Head, segment.Mac(rows),
    ];

    /// <summary>Whether the events of a segment were deleted.</summary>
    public static bool IsDropped(SegmentRow segment) => segment.Status is SegmentRow.Dropped or SegmentRow.Dropping;

    /// <summary>All segments in the order of their numbers, without row 0.</summary>
    /// <exception cref="StateStoreException">A row was changed, or is damaged.</exception>
    public static List<SegmentRow> ListSegments(DatabaseSession session, RowAuthenticator rows) =>
    [
        .. session.Read(
            $"SELECT {SegmentRow.Columns} FROM event_segments ORDER BY number", null, reader => SegmentRow.Read(reader, rows))
            .Where(static segment => segment.Number > 0),
    ];

    /// <summary>Reads the events of a segment and verifies that they are those that the catalogue says.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="segment">The segment, whose events were not dropped.</param>
    /// <param name="visit">Takes each record as it is in the file of a segment.</param>
    /// <exception cref="StateStoreException">They are not.</exception>
    public static void ReadChain(DatabaseSession session, SegmentRow segment, Action<byte[]> visit)
    {
        long count = 0;
        long position = segment.Header.Length;
        byte[] run = new byte[Frame.HashSize];
        segment.Header[^Frame.HashSize..].CopyTo(run, 0);
        foreach ((long at, byte[] body, byte[] hash) in session.Read(
            "SELECT position, body, hash FROM events WHERE segment = @number ORDER BY position",
            segment.Number,
            static reader => (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2))))
        {
            byte[] record = new byte[body.Length + Frame.Overhead];
            BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)body.Length);
            body.CopyTo(record, Frame.LengthSize);
            hash.CopyTo(record, record.Length - hash.Length);
            byte[] next = [.. run.AsSpan(0, Frame.HashSize), .. record];
            if (at != position || hash.Length != Frame.HashSize || !Frame.IsChained(next))
            {
                throw IsDamaged(segment.Number, position);
            }

            visit(record);
            count++;
            position += record.Length;
            run = hash;
        }

        if (count != segment.Events || position != segment.Size || !run.AsSpan().SequenceEqual(segment.Head))
        {
            throw IsDamaged(segment.Number, position);
        }
    }

    /// <summary>The error for a segment whose events are not what was written.</summary>
    public static StateStoreException IsDamaged(long segment, long position) => new(
        $"Segment {segment} of the event log is not what was written, from position {position} on. Nothing was copied. Verify the store, "
            + "and restore a backup of it.");

    private static TableColumn Number(string name) => new(name, ColumnKind.Number);

    private static TableColumn Text(string name) => new(name, ColumnKind.Text);

    private static TableColumn Bytes(string name) => new(name, ColumnKind.Bytes);
}
