using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// The catalogue of the segments in the table event_segments. Every change of a row says what the row was before, so that of two processes one
/// changes nothing: whoever appends finds out that its segment is not its own any more. Safe for use by many threads.
/// </summary>
/// <param name="connections">The connections.</param>
/// <param name="storeId">The ID of the store.</param>
/// <param name="mac">Authenticates the rows.</param>
internal sealed class SegmentCatalogue(IEventConnections connections, string storeId, RowMac mac)
{
    // A process that is busy moves its segments on all the time; one that is not loses nothing when another continues them.
    private const long AbandonedMilliseconds = 10 * 60_000;

    // Births are rare, and each conflict is a birth of another process.
    private const int MaxBirths = 100;

    private readonly List<EventLogRepair> _repairs = [];

    // The clock of the database, which all processes share, by the clock since the start of this machine.
    private long _clock;

    /// <summary>This process, in the rows of its segments.</summary>
    public string Node { get; } = Guid.NewGuid().ToString("N");

    /// <summary>What was given up so far.</summary>
    public ImmutableArray<EventLogRepair> Repairs
    {
        get
        {
            lock (_repairs)
            {
                return [.. _repairs];
            }
        }
    }

    /// <summary>The time of the database in unix milliseconds, as far as it is known.</summary>
    public long Now => Volatile.Read(ref _clock) + Environment.TickCount64;

    /// <summary>Continues an open segment that no process has, or begins a new one.</summary>
    /// <param name="lane">Its lane.</param>
    /// <param name="maxSize">The size above which a segment is complete.</param>
    /// <exception cref="StateStoreException">There cannot be one now.</exception>
    public SegmentRow Take(string lane, long maxSize) => Run(connection =>
    {
        ReadClock(connection);
        RowAuthenticator rows = new(mac);
        foreach (SegmentRow segment in ListFree(connection, rows, lane))
        {
            if (!EndsWithHead(connection, segment))
            {
                // Nothing more is appended behind the damage.
                if (TryMove(connection, rows, segment, segment with { Status = SegmentRow.Broken, Moved = Now }))
                {
                    lock (_repairs)
                    {
                        _repairs.Add(new EventLogRepair(checked((int)segment.Number), segment.Size, 0, IsDamaged: true));
                    }
                }
            }
            else if (segment.Size >= maxSize)
            {
                TryMove(connection, rows, segment, segment with { Status = SegmentRow.Sealed, Node = "", Moved = Now });
            }
            else if (segment with { Node = Node, Moved = Now } is var own && TryMove(connection, rows, segment, own))
            {
                return own;
            }
        }

        return Begin(connection, rows, lane);
    });

    /// <summary>
    /// A segment of this process as it is now; null if it is not its own any more, or if a statement of a lost connection may still change it.
    /// </summary>
    public SegmentRow? Find(long number) => Run(connection =>
    {
        RowAuthenticator rows = new(mac);
        return ReadAll(
            connection,
            "WHERE number = @number AND status = 'OPEN' AND node = @node",
            reader => SegmentRow.Read(reader, rows),
            "FOR UPDATE SKIP LOCKED",
            ("number", number),
            ("node", Node)) is [var found] ? found : null;
    });

    /// <summary>Completes a segment of this process.</summary>
    /// <returns>False if it is not its own any more.</returns>
    public bool TrySeal(SegmentRow segment) => Run(connection => TryMove(
        connection, new RowAuthenticator(mac), segment, segment with { Status = SegmentRow.Sealed, Node = "", Moved = Now }));

    /// <summary>Lets other processes continue the segments of this process.</summary>
    public void ReleaseAll() => Run(connection =>
    {
        RowAuthenticator rows = new(mac);
        foreach ((SegmentRow segment, bool isAuthentic) in ReadAll(
            connection, "WHERE node = @node", reader => SegmentRow.ReadAny(reader, rows), "", ("node", Node)))
        {
            if (isAuthentic)
            {
                TryMove(connection, rows, segment, segment with { Node = "", Moved = Now });
            }
        }

        return true;
    });

    /// <summary>Changes the status of a row that nobody appends to.</summary>
    /// <returns>False if it is not as it was any more.</returns>
    public bool TrySetStatus(SegmentRow segment, string status) => Run(connection => TryMove(
        connection, new RowAuthenticator(mac), segment, segment with { Status = status, Moved = Now }));

    /// <summary>All segments in the order of their numbers, without row 0.</summary>
    /// <exception cref="StateStoreException">A row was changed, or is damaged.</exception>
    public ImmutableArray<SegmentRow> List() => Run(connection =>
    {
        RowAuthenticator rows = new(mac);
        return ReadAll(connection, "WHERE number > 0", reader => SegmentRow.Read(reader, rows));
    });

    /// <summary>All rows in the order of their numbers, with whether they are authentic.</summary>
    public ImmutableArray<(SegmentRow Row, bool IsAuthentic)> ListAny() => Run(connection =>
    {
        RowAuthenticator rows = new(mac);
        return ReadAll(connection, "", reader => SegmentRow.ReadAny(reader, rows));
    });

    /// <summary>Works with a connection.</summary>
    /// <exception cref="StateStoreException">The database cannot do it.</exception>
    public T Run<T>(Func<NpgsqlConnection, T> work)
    {
        using NpgsqlConnection connection = connections.Open();
        try
        {
            return work(connection);
        }
        catch (Exception exception) when (connections.IsFault(exception))
        {
            throw connections.Explain(exception);
        }
    }

    private static ImmutableArray<T> ReadAll<T>(
        NpgsqlConnection connection,
        string condition,
        Func<NpgsqlDataReader, T> read,
        string locking = "",
        params ReadOnlySpan<(string, object)> parameters)
    {
        using NpgsqlCommand command = new(
            $"SELECT {SegmentRow.Columns} FROM event_segments {condition} ORDER BY number {locking}", connection);
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        using NpgsqlDataReader reader = command.ExecuteReader();
        ImmutableArray<T>.Builder found = ImmutableArray.CreateBuilder<T>();
        while (reader.Read())
        {
            found.Add(read(reader));
        }

        return found.DrainToImmutable();
    }

    // A row that is not authentic is nobody's: the verification says so. Rows that a statement of a lost connection may still change are
    // passed over.
    private ImmutableArray<SegmentRow> ListFree(NpgsqlConnection connection, RowAuthenticator rows, string lane) =>
    [
        .. ReadAll(
            connection,
            "WHERE status = 'OPEN' AND lane = @lane AND (node IN ('', @node) OR moved < @abandoned)",
            reader => SegmentRow.ReadAny(reader, rows),
            "FOR UPDATE SKIP LOCKED",
            ("lane", lane),
            ("node", Node),
            ("abandoned", Now - AbandonedMilliseconds)).Where(static any => any.IsAuthentic).Select(static any => any.Row),
    ];

    private static bool EndsWithHead(NpgsqlConnection connection, SegmentRow segment)
    {
        using NpgsqlCommand command = new(
            "SELECT position + length(body), hash FROM events WHERE segment = @segment ORDER BY position DESC LIMIT 1", connection);
        command.Parameters.AddWithValue("segment", segment.Number);
        using NpgsqlDataReader reader = command.ExecuteReader();
        return reader.Read()
            ? reader.GetInt64(0) + Frame.Overhead == segment.Size && reader.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(segment.Head)
            : segment.Events == 0;
    }

    private static bool TryMove(NpgsqlConnection connection, RowAuthenticator rows, SegmentRow before, SegmentRow after)
    {
        using NpgsqlCommand command = new(
            """
            UPDATE event_segments SET status = @status, node = @node, moved = @moved, events = @events, mac = @mac
            WHERE number = @number AND status = @status_before AND node = @node_before AND events = @events_before
            """,
            connection);
        command.Parameters.AddWithValue("status", after.Status);
        command.Parameters.AddWithValue("node", after.Node);
        command.Parameters.AddWithValue("moved", after.Moved);
        command.Parameters.AddWithValue("events", after.Events);
        command.Parameters.AddWithValue("mac", after.Mac(rows));
        command.Parameters.AddWithValue("number", before.Number);
        command.Parameters.AddWithValue("status_before", before.Status);
        command.Parameters.AddWithValue("node_before", before.Node);
        command.Parameters.AddWithValue("events_before", before.Events);
        return command.ExecuteNonQuery() == 1;
    }

    private SegmentRow Begin(NpgsqlConnection connection, RowAuthenticator rows, string lane)
    {
        for (int i = 0; i < MaxBirths; i++)
        {
            SegmentRow last = ReadLast(connection, rows);
            SegmentRow next = last with { Events = last.Events + 1, Moved = Now };
            byte[] header = SegmentHeader.Create(storeId, checked((int)next.Events), new byte[Frame.HashSize]);
            SegmentRow born = new(
                next.Events, lane, SegmentRow.Open, Node, Now, 0, header.Length, 0, 0, header, header[^Frame.HashSize..]);
            using NpgsqlCommand command = new(
                $"""
                WITH next AS (
                    UPDATE event_segments SET moved = @moved, events = @number, mac = @last_mac
                    WHERE number = 0 AND events = @last RETURNING number)
                INSERT INTO event_segments ({SegmentRow.Columns})
                SELECT @number, @lane, @status, @node, @moved, 0, @size, 0, 0, @header, @head, @mac FROM next
                """,
                connection);
            command.Parameters.AddWithValue("moved", born.Moved);
            command.Parameters.AddWithValue("number", born.Number);
            command.Parameters.AddWithValue("last_mac", (next with { Moved = born.Moved }).Mac(rows));
            command.Parameters.AddWithValue("last", last.Events);
            command.Parameters.AddWithValue("lane", born.Lane);
            command.Parameters.AddWithValue("status", born.Status);
            command.Parameters.AddWithValue("node", born.Node);
            command.Parameters.AddWithValue("size", born.Size);
            command.Parameters.AddWithValue("header", born.Header);
            command.Parameters.AddWithValue("head", born.Head);
            command.Parameters.AddWithValue("mac", born.Mac(rows));
            if (command.ExecuteNonQuery() == 1)
            {
                return born;
            }
        }

        throw new StateStoreException("Other processes begin segments of the event log all the time, so that this one cannot. Try again.");
    }

    // Row 0. A log without it is new, or someone has removed the row.
    private SegmentRow ReadLast(NpgsqlConnection connection, RowAuthenticator rows)
    {
        if (ReadAll(connection, "WHERE number = 0", reader => SegmentRow.Read(reader, rows)) is [var last])
        {
            return last;
        }

        SegmentRow first = new(0, SegmentRow.CatalogueLane, SegmentRow.Open, "", Now, 0, 0, 0, 0, [], []);
        using NpgsqlCommand command = new(
            $"""
            INSERT INTO event_segments ({SegmentRow.Columns})
            SELECT 0, @lane, @status, '', @moved, 0, 0, 0, 0, @empty, @empty, @mac WHERE NOT EXISTS (SELECT 1 FROM event_segments)
            ON CONFLICT DO NOTHING
            """,
            connection);
        command.Parameters.AddWithValue("lane", first.Lane);
        command.Parameters.AddWithValue("status", first.Status);
        command.Parameters.AddWithValue("moved", first.Moved);
        command.Parameters.AddWithValue("empty", Array.Empty<byte>());
        command.Parameters.AddWithValue("mac", first.Mac(rows));
        command.ExecuteNonQuery();
        return ReadAll(connection, "WHERE number = 0", reader => SegmentRow.Read(reader, rows)) is [var made]
            ? made
            : throw RowAuthenticator.Refusal(SegmentRow.Table, "number=0");
    }

    private void ReadClock(NpgsqlConnection connection)
    {
        using NpgsqlCommand command = new("SELECT CAST(extract(epoch FROM now()) * 1000 AS bigint)", connection);
        Volatile.Write(ref _clock, (long)command.ExecuteScalar()! - Environment.TickCount64);
    }
}
