using System.Collections.Immutable;
using System.Text;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// Verifies the events of all segments, their chains, the columns that repeat what the events say, the catalogue with its MACs, and heads that
/// were kept elsewhere.
/// </summary>
/// <param name="catalogue">The segments.</param>
/// <param name="mac">Authenticates rows.</param>
/// <param name="storeId">The ID of the store.</param>
internal sealed class RowVerifier(SegmentCatalogue catalogue, RowMac mac, string storeId)
{
    private const int PageSize = 1000;

    public IEnumerable<EventSegmentVerification> Run(IReadOnlyCollection<EventSegment> heads)
    {
        // In this order: what is born in between has no events yet that are not expected.
        ImmutableArray<long> inUse = catalogue.Run(ListSegmentsOfEvents);
        ImmutableArray<(SegmentRow Row, bool IsAuthentic)> rows = catalogue.ListAny();
        yield return VerifyCatalogue(rows);
        ILookup<long, EventSegment> kept = heads.ToLookup(static head => (long)head.Number);
        HashSet<long> known = [.. rows.Select(static row => row.Row.Number)];
        long last = rows is [{ Row: { Number: 0 } first, IsAuthentic: true }, ..] ? first.Events : 0;
        IEnumerable<long> expected = Enumerable.Range(1, checked((int)last)).Select(static number => (long)number);
        foreach (long number in known.Where(static number => number != 0).Union(expected).Union(inUse)
            .Union(kept.Select(static head => head.Key)).Order())
        {
            yield return Verify(number, known.Contains(number), inUse.Contains(number), [.. kept[number]]);
        }
    }

    /// <summary>Reads an event; null if it cannot be read.</summary>
    public static AuditRecord? TryRead(byte[] body)
    {
        try
        {
            return EventCodec.Read(body);
        }
        catch (Exception exception) when (exception is ArgumentException or IndexOutOfRangeException or OverflowException
            or DecoderFallbackException)
        {
            return null;
        }
    }

    private static EventSegmentVerification VerifyCatalogue(ImmutableArray<(SegmentRow Row, bool IsAuthentic)> rows)
    {
        bool isWhole = rows.IsEmpty || (rows[0] is { Row: { Number: 0 } first, IsAuthentic: true }
            && rows.All(row => row.IsAuthentic && row.Row.Number <= first.Events));
        long wrong = rows.FirstOrDefault(static row => !row.IsAuthentic).Row?.Number ?? 0;
        return new EventSegmentVerification(
            0, isWhole ? EventSegmentStatus.OK : EventSegmentStatus.DAMAGED, 0, isWhole ? null : wrong, "", SegmentRow.Table);
    }

    private EventSegmentVerification Verify(long number, bool isKnown, bool hasEvents, EventSegment[] heads)
    {
        EventSegmentVerification Result(EventSegmentStatus status, long events = 0, long? position = null, string head = "") =>
            new(checked((int)number), status, events, position, head, $"events, segment {number}");

        if (!isKnown)
        {
            return Result(hasEvents ? EventSegmentStatus.NOT_IN_CATALOGUE : EventSegmentStatus.MISSING);
        }

        if (catalogue.Run(connection => ReadNow(connection, number)) is not (var row, var isAuthentic, var end))
        {
            return Result(EventSegmentStatus.MISSING);
        }

        if (!isAuthentic || !row.Header.AsSpan().SequenceEqual(HeaderOf(row)))
        {
            return Result(EventSegmentStatus.DAMAGED, position: 0);
        }

        string catalogued = Hex(row.Head);
        if (row.Status is SegmentRow.Dropping or SegmentRow.Dropped)
        {
            bool differs = heads.Any(kept => kept.State == EventSegmentState.SEALED && kept.Head != catalogued);
            return Result(differs ? EventSegmentStatus.DIFFERENT_HEAD : EventSegmentStatus.DROPPED, row.Events, head: catalogued);
        }

        Dictionary<long, string> expected = heads.GroupBy(static head => head.Events).ToDictionary(
            static same => same.Key, static same => same.First().Head);
        expected[row.Events] = expected.TryGetValue(row.Events, out string? other) && other != catalogued ? "" : catalogued;
        Chain chain = new(row.Header.Length, row.Header[^Frame.HashSize..]);
        chain.Expect(expected);
        while (!chain.IsBroken && catalogue.Run(connection => ReadPage(connection, row, chain)) == PageSize)
        {
        }

        // Events at the end, or behind it, are not those that were there.
        EventSegmentStatus status = chain.IsBroken ? EventSegmentStatus.DAMAGED
            : chain.Count != row.Events || expected.Count > 0 || end >= row.Size ? EventSegmentStatus.DIFFERENT_HEAD
            : EventSegmentStatus.OK;
        return Result(status, chain.Count, status == EventSegmentStatus.OK ? null : chain.Position, Hex(chain.Hash));
    }

    // The header of a copied segment names the head of another catalogue.
    private byte[] HeaderOf(SegmentRow row) => row.Header.Length == SegmentHeader.Size
        ? SegmentHeader.Create(storeId, checked((int)row.Number), SegmentHeader.CatalogueHeadOf(row.Header))
        : [];

    private static int ReadPage(NpgsqlConnection connection, SegmentRow row, Chain chain)
    {
        using NpgsqlCommand command = new(
            """
            SELECT position, time, recorded, name, region, key_id, second_key_id, is_use, body, hash FROM events
            WHERE segment = @segment AND position >= @from AND position < @end ORDER BY position LIMIT @limit
            """,
            connection);
        command.Parameters.AddWithValue("segment", row.Number);
        command.Parameters.AddWithValue("from", chain.Count == 0 ? long.MinValue : chain.Position);
        command.Parameters.AddWithValue("end", row.Size);
        command.Parameters.AddWithValue("limit", (long)PageSize);
        using NpgsqlDataReader reader = command.ExecuteReader();
        int count = 0;
        for (; !chain.IsBroken && reader.Read(); count++)
        {
            byte[] body = reader.GetFieldValue<byte[]>(8);
            bool isRepeated = TryRead(body) is not null && Repeats(reader, EventCodec.ReadEntry(body, checked((int)row.Number), 0));
            chain.Add(reader.GetInt64(0), body, reader.GetFieldValue<byte[]>(9), isRepeated);
        }

        return count;
    }

    private static bool Repeats(NpgsqlDataReader reader, EventEntry entry) =>
        reader.GetInt64(1) == entry.Time
        && reader.GetInt64(2) == entry.Recorded
        && StoredText.Read(reader.GetString(3)) == EventListName.OfName(entry.Name).Term
        && StoredText.Read(reader.GetString(4)) == entry.Region
        && (reader.IsDBNull(5) ? null : StoredText.Read(reader.GetString(5))) == entry.KeyId
        && (reader.IsDBNull(6) ? null : StoredText.Read(reader.GetString(6))) == entry.SecondKeyId
        && reader.GetInt64(7) == (entry.IsUse ? 1 : 0);

    // The row and the position of its last event at one moment.
    private (SegmentRow Row, bool IsAuthentic, long End)? ReadNow(NpgsqlConnection connection, long number)
    {
        using NpgsqlCommand command = new(
            $"""
            SELECT {SegmentRow.Columns}, coalesce((SELECT max(position) FROM events WHERE segment = @number), -1)
            FROM event_segments WHERE number = @number
            """,
            connection);
        command.Parameters.AddWithValue("number", number);
        using NpgsqlDataReader reader = command.ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        (SegmentRow row, bool isAuthentic) = SegmentRow.ReadAny(reader, new RowAuthenticator(mac));
        return (row, isAuthentic, reader.GetInt64(12));
    }

    private static ImmutableArray<long> ListSegmentsOfEvents(NpgsqlConnection connection)
    {
        // A lookup in the index for each.
        using NpgsqlCommand command = new(
            """
            WITH RECURSIVE found AS (
                SELECT min(segment) AS segment FROM events
                UNION ALL
                SELECT (SELECT min(segment) FROM events WHERE segment > found.segment) FROM found WHERE found.segment IS NOT NULL)
            SELECT segment FROM found WHERE segment IS NOT NULL
            """,
            connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        ImmutableArray<long>.Builder found = ImmutableArray.CreateBuilder<long>();
        while (reader.Read())
        {
            found.Add(reader.GetInt64(0));
        }

        return found.DrainToImmutable();
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    /// <summary>What was verified of a segment.</summary>
    private sealed class Chain(long position, byte[] hash)
    {
        private Dictionary<long, string> _expected = [];

        public long Count { get; private set; }

        public long Position { get; private set; } = position;

        public byte[] Hash { get; private set; } = hash;

        public bool IsBroken { get; private set; }

        /// <summary>Where the chain must have a certain hash, after that many events; what it has is removed.</summary>
        public void Expect(Dictionary<long, string> expected)
        {
            _expected = expected;
            Meet();
        }

        public void Add(long position, byte[] body, byte[] hash, bool isRepeated)
        {
            if (position != Position || !isRepeated || !SegmentRow.HashAfter(Hash, body).AsSpan().SequenceEqual(hash))
            {
                IsBroken = true;
                return;
            }

            Count++;
            Position += body.Length + Frame.Overhead;
            Hash = hash;
            Meet();
        }

        private void Meet()
        {
            if (_expected.TryGetValue(Count, out string? head) && head == Hex(Hash))
            {
                _expected.Remove(Count);
            }
        }
    }
}
