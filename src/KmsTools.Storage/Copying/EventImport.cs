using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using KmsTools.Storage.Sqlite;
using KmsTools.Storage.Tables;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Copying;

/// <summary>
/// Copies the event log of a folder to the tables of a shared store. Every event keeps its segment, its position and its hash.
/// </summary>
/// <param name="session">The transaction.</param>
/// <param name="folder">The folder of the store.</param>
/// <param name="storeId">The ID of the store.</param>
/// <param name="rows">What authenticates rows.</param>
internal sealed class EventImport(DatabaseSession session, StoreFolder folder, string storeId, RowAuthenticator rows)
{
    private readonly List<SegmentRow> _segments = [];

    // Events that commits still keep, as long as they were not found in a segment.
    private readonly HashSet<(long Commit, string EventId)> _missing = [];

    /// <summary>Copies all segments, and the last uses of keys.</summary>
    /// <param name="kept">The events that commits still keep.</param>
    /// <exception cref="StateStoreException">A segment is damaged, or lacks events of changes.</exception>
    public void Write(ImmutableArray<OutboxItem> kept)
    {
        foreach (byte[] record in kept.SelectMany(static commit => Frame.Split(commit.Events)))
        {
            _missing.Add(EventCodec.ReadIdentity(Frame.Body((ReadOnlySpan<byte>)record)));
        }

        SegmentFolder files = new(folder.SegmentsFolder, storeId, isDurable: true);
        ImmutableSortedDictionary<int, SegmentState> known = new Catalogue(files).Read();
        int last = known.IsEmpty ? 0 : known.Keys.Max();
        session.Write(EventRows.Events, ReadAll(files, known, last));
        if (_missing.Count > 0)
        {
            throw new StateStoreException(
                "The event log of the store lacks events of its newest changes. Nothing was copied. Open the store once, and try again.");
        }

        if (last > 0)
        {
            SegmentRow highest = new(
                0, SegmentRow.CatalogueLane, SegmentRow.Open, "", Now(), last, 0, 0, 0, [], []);
            session.Write(EventRows.Segments, _segments.Prepend(highest).Select(segment => EventRows.RowOf(segment, rows)));
        }

        session.Write(EventRows.LastUses, ReadLastUses());
    }

    /// <summary>Reads what was written, and verifies every chain.</summary>
    /// <returns>The number of events.</returns>
    /// <exception cref="StateStoreException">It is not what was written.</exception>
    public long Verify()
    {
        long events = 0;
        List<SegmentRow> read = EventRows.ListSegments(session, rows);
        foreach ((SegmentRow written, SegmentRow segment) in _segments.Zip(read))
        {
            if (written.Number != segment.Number || !written.Head.AsSpan().SequenceEqual(segment.Head))
            {
                throw EventRows.IsDamaged(written.Number, 0);
            }

            if (!EventRows.IsDropped(segment))
            {
                EventRows.ReadChain(session, segment, static _ => { });
                events += segment.Events;
            }
        }

        return read.Count == _segments.Count && session.ReadNumber("SELECT count(*) FROM events") == events
            ? events
            : throw EventRows.IsDamaged(read.Count, 0);
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private IEnumerable<object[]> ReadAll(SegmentFolder files, ImmutableSortedDictionary<int, SegmentState> known, int last)
    {
        for (int number = 1; number <= last; number++)
        {
            SegmentState? segment = known.GetValueOrDefault(number);
            if (segment is null || segment.Status == SegmentStatus.Dropped)
            {
                _segments.Add(Dropped(number, segment));
                continue;
            }

            foreach (object[] row in Read(files, segment))
            {
                yield return row;
            }
        }
    }

    // Its header went with its file. A number that the catalogue has not is that of a segment that was never begun.
    private SegmentRow Dropped(int number, SegmentState? segment)
    {
        byte[] header = SegmentHeader.Create(storeId, number, new byte[Frame.HashSize]);
        return new SegmentRow(
            number,
            SegmentRow.CallLane,
            SegmentRow.Dropped,
            "",
            Now(),
            segment?.Count ?? 0,
            segment?.Length ?? header.Length,
            segment?.FirstTime ?? 0,
            segment?.LastTime ?? 0,
            header,
            segment?.Head ?? header[^Frame.HashSize..]);
    }

    private IEnumerable<object[]> Read(SegmentFolder files, SegmentState segment)
    {
        using SafeFileHandle file = SegmentFolder.OpenToRead(files.FileOf(segment.Number))
            ?? throw EventRows.IsDamaged(segment.Number, 0);
        ChainPosition at = SegmentHeader.Read(file, storeId, segment.Number) ?? throw EventRows.IsDamaged(segment.Number, 0);
        byte[] header = new byte[SegmentHeader.Size];
        RandomAccess.Read(file, header, 0);
        SegmentProgress progress = SegmentProgress.Start(segment.Number, at);
        long end = segment.Status == SegmentStatus.Open ? RandomAccess.GetLength(file) : segment.Length;
        while (progress.End.Offset < end)
        {
            byte[] record = ChainScan.ReadFrame(file, progress.End.Offset)
                ?? throw EventRows.IsDamaged(segment.Number, progress.End.Offset);
            byte[] body = Frame.Body((ReadOnlySpan<byte>)record).ToArray();
            byte[] hash = record[^Frame.HashSize..];
            EventEntry entry = EventCodec.ReadEntry(body, segment.Number, progress.End.Offset);
            _missing.Remove(EventCodec.ReadIdentity(body));
            yield return EventRows.RowOf(entry, body, hash);
            progress = progress.With(entry.Time, entry.Commit) with { End = new ChainPosition(progress.End.Offset + record.Length, hash) };
        }

        if (segment.Status != SegmentStatus.Open
            && (progress.Count != segment.Count || !progress.End.Hash.AsSpan().SequenceEqual(segment.Head)))
        {
            throw EventRows.IsDamaged(segment.Number, progress.End.Offset);
        }

        bool isEmpty = progress.Count == 0;
        _segments.Add(new SegmentRow(
            segment.Number,
            SegmentRow.CallLane,
            segment.Status switch
            {
                SegmentStatus.Open => SegmentRow.Open,
                SegmentStatus.Broken => SegmentRow.Broken,
                _ => SegmentRow.Sealed,
            },
            "",
            Now(),
            progress.Count,
            progress.End.Offset,
            isEmpty ? 0 : progress.FirstTime,
            isEmpty ? 0 : progress.LastTime,
            header,
            progress.End.Hash));
    }

    private IEnumerable<object[]> ReadLastUses()
    {
        if (!File.Exists(folder.EventsFile) || new FileInfo(folder.EventsFile).Length == 0)
        {
            yield break;
        }

        using EventIndexConnection index = EventIndexConnection.OpenReader(folder.EventsFile, StateFile.RecoveryLimit);
        TableShape there = StateTables.List(index.Database).Single(static table => table.Name == EventRows.LastUses.Name);
        foreach (object[] row in StateTables.Read(index.Database, there))
        {
            object[] copied = [.. row, DBNull.Value];
            copied[EventRows.LastUses.MacAt] = EventRows.LastUses.Authenticate(copied, rows);
            yield return copied;
        }
    }
}
