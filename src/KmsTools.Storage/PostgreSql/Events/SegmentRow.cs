using System.Buffers.Binary;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>A row of the catalogue, event_segments.</summary>
/// <param name="Number">The number of the segment; 0 for the row whose events are the highest number that was ever given.</param>
/// <param name="Lane">What is appended to it: <see cref="CallLane"/> or <see cref="ChangeLane"/>.</param>
/// <param name="Status">One of the constants here.</param>
/// <param name="Node">The process that appends to it; empty if none does.</param>
/// <param name="Moved">When the row was changed last: unix milliseconds by the clock of the database.</param>
/// <param name="Events">The number of its events.</param>
/// <param name="Size">The size of the file that it would be, in bytes.</param>
/// <param name="FirstTime">The earliest time of an event in unix milliseconds; 0 if there is none.</param>
/// <param name="LastTime">The latest time of an event in unix milliseconds; 0 if there is none.</param>
/// <param name="Header">The header of the file that it would be.</param>
/// <param name="Head">The hash of its last event, or of its header.</param>
internal sealed record SegmentRow(
    long Number,
    string Lane,
    string Status,
    string Node,
    long Moved,
    long Events,
    long Size,
    long FirstTime,
    long LastTime,
    byte[] Header,
    byte[] Head)
{
    public const string Table = "event_segments";

    /// <summary>Events of calls that change nothing.</summary>
    public const string CallLane = "calls";

    /// <summary>Events of changes.</summary>
    public const string ChangeLane = "changes";

    /// <summary>The lane of row 0.</summary>
    public const string CatalogueLane = "catalogue";

    /// <summary>A process appends to it, or the next one will.</summary>
    public const string Open = "OPEN";

    /// <summary>Complete.</summary>
    public const string Sealed = "SEALED";

    /// <summary>Given up, because its last event is not what the catalogue says.</summary>
    public const string Broken = "BROKEN";

    /// <summary>Dropped, but some of its events may be left.</summary>
    public const string Dropping = "DROPPING";

    /// <summary>Dropped.</summary>
    public const string Dropped = "DROPPED";

    /// <summary>The columns, in the order of <see cref="Read"/>.</summary>
    public const string Columns =
        "number, lane, status, node, moved, events, size, first_time, last_time, header, head, mac";

    /// <summary>Reads a row, and refuses one whose MAC is not that of its content.</summary>
    /// <exception cref="Persistence.StateStoreException">The row was changed, or is damaged.</exception>
    public static SegmentRow Read(NpgsqlDataReader reader, RowAuthenticator rows)
    {
        (SegmentRow row, bool isAuthentic) = ReadAny(reader, rows);
        return isAuthentic ? row : throw RowAuthenticator.Refusal(Table, $"number={row.Number}");
    }

    /// <summary>Reads a row, and says whether its MAC is that of its content.</summary>
    public static (SegmentRow Row, bool IsAuthentic) ReadAny(NpgsqlDataReader reader, RowAuthenticator rows)
    {
        SegmentRow row = new(
            reader.GetInt64(0),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetString(3),
            reader.GetInt64(4),
            reader.GetInt64(5),
            reader.GetInt64(6),
            reader.GetInt64(7),
            reader.GetInt64(8),
            reader.GetFieldValue<byte[]>(9),
            reader.GetFieldValue<byte[]>(10));
        return (row, row.Mac(rows).AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(11)));
    }

    /// <summary>The MAC of the row.</summary>
    public byte[] Mac(RowAuthenticator rows)
    {
        rows.Begin(Table);
        rows.Add("events", Events);
        rows.Add("first_time", FirstTime);
        rows.Add("head", Head);
        rows.Add("header", Header);
        rows.Add("lane", Lane);
        rows.Add("last_time", LastTime);
        rows.Add("moved", Moved);
        rows.Add("node", Node);
        rows.Add("number", Number);
        rows.Add("size", Size);
        rows.Add("status", Status);
        return rows.End();
    }

    /// <summary>The same with more events.</summary>
    public SegmentRow With(IReadOnlyList<ChainedEvent> events, long moved)
    {
        long first = Events == 0 ? long.MaxValue : FirstTime;
        long last = Events == 0 ? long.MinValue : LastTime;
        foreach (ChainedEvent added in events)
        {
            first = Math.Min(first, added.Entry.Time);
            last = Math.Max(last, added.Entry.Time);
        }

        ChainedEvent end = events[^1];
        return this with
        {
            Moved = moved,
            Events = Events + events.Count,
            Size = end.Entry.Offset + end.Body.Length + Frame.Overhead,
            FirstTime = first,
            LastTime = last,
            Head = end.Hash,
        };
    }

    /// <summary>Chains events to the end of the segment.</summary>
    /// <param name="frames">Records whose hashes are missing.</param>
    public ChainedEvent[] Chain(IReadOnlyList<byte[]> frames)
    {
        byte[] run = new byte[Frame.HashSize + frames.Sum(static frame => frame.Length)];
        Head.CopyTo(run, 0);
        int at = Frame.HashSize;
        foreach (byte[] frame in frames)
        {
            frame.CopyTo(run, at);
            at += frame.Length;
        }

        Frame.Chain(run);
        ChainedEvent[] events = new ChainedEvent[frames.Count];
        at = Frame.HashSize;
        for (int i = 0; i < events.Length; i++)
        {
            int size = frames[i].Length;
            ReadOnlySpan<byte> frame = run.AsSpan(at, size);
            byte[] body = Frame.Body(frame).ToArray();
            EventEntry entry = EventCodec.ReadEntry(body, checked((int)Number), Size + at - Frame.HashSize);
            events[i] = new ChainedEvent(entry, body, frame[^Frame.HashSize..].ToArray());
            at += size;
        }

        return events;
    }

    /// <summary>The hash of an event behind another.</summary>
    public static byte[] HashAfter(byte[] before, byte[] body)
    {
        byte[] run = new byte[Frame.HashSize + Frame.Overhead + body.Length];
        before.CopyTo(run, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(run.AsSpan(Frame.HashSize), (uint)body.Length);
        body.CopyTo(run, Frame.HashSize + Frame.LengthSize);
        Frame.Chain(run);
        return run[^Frame.HashSize..];
    }
}

/// <summary>An event in the chain of its segment.</summary>
/// <param name="Entry">What it is found by.</param>
/// <param name="Body">The body of its record.</param>
/// <param name="Hash">Its hash.</param>
internal sealed record ChainedEvent(EventEntry Entry, byte[] Body, byte[] Hash)
{
    /// <summary>The name by which queries find it.</summary>
    public string Name => EventListName.OfName(Entry.Name).Term;
}
