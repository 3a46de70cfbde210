using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// events.db: where events are in the segments, by name, by key and all, and the last use of each key. It is filled behind, in large
/// transactions, and made again from the segments if it is missing or damaged; only the last uses of keys in dropped segments are unknown
/// then.
/// </summary>
internal sealed class EventIndex : IDisposable
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    // What is indexed at once: enough that the lists are few for their events, and so few that a query reads little more than it returns.
    private const int BlockSize = EventUpkeep.IndexBatch;

    private readonly Lock _writing = new();
    private readonly EventIndexConnection _writer;
    private readonly Pool<EventIndexConnection> _readers;

    /// <summary>Opens the index, or makes an empty one.</summary>
    /// <param name="file">events.db.</param>
    /// <param name="locked">Runs an action while no other process opens the store.</param>
    public EventIndex(string file, Func<IDisposable> locked)
    {
        try
        {
            StoreFolder.CreateFile(file);
            _writer = EventIndexConnection.OpenWriter(file, s_busyLimit);
        }
        catch (StateStoreException exception) when (IsDamage(exception))
        {
            using (locked())
            {
                foreach (string suffix in (ReadOnlySpan<string>)["", "-wal", "-shm"])
                {
                    File.Delete(file + suffix);
                }

                StoreFolder.CreateFile(file);
            }

            _writer = EventIndexConnection.OpenWriter(file, s_busyLimit);
        }

        _readers = new Pool<EventIndexConnection>(() => EventIndexConnection.OpenReader(file, s_busyLimit));
    }

    /// <summary>Up to where segments are indexed.</summary>
    public ImmutableArray<SegmentProgress> ListSegments() => Read(static index => index.ListSegments());

    /// <summary>Up to where a segment is indexed; null if it is not.</summary>
    public SegmentProgress? FindSegment(int number) => Read(index => index.FindSegment(number));

    public LastUse? FindUse(string region, string keyId) => Read(index => index.FindUse(region, keyId));

    /// <summary>The blocks of a segment that have a list.</summary>
    public ImmutableArray<EventBlock> FindLists(EventListName name, int segment) => Read(index => index.FindLists(name, segment));

    /// <summary>The events of a list of a block that a query looks for; none if the segment is dropped in the meantime.</summary>
    /// <param name="block">The block.</param>
    /// <param name="end">The offset in the segment before which events are.</param>
    /// <param name="search">What is looked for.</param>
    public List<EventPosition> ReadList(EventBlock block, long end, EventSearch search)
    {
        try
        {
            return Read(index => index.ReadList(search.List, block)) is { } list ? EventList.Decode(list, block.Segment, end, search) : [];
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(exception);
        }
    }

    /// <summary>Adds the next events of a segment, unless another process has added some of them meanwhile.</summary>
    /// <param name="from">Where the segment was indexed up to; null if it was not.</param>
    /// <param name="to">Up to where it is indexed then.</param>
    /// <param name="entries">The events between the two.</param>
    /// <param name="uses">The newest use among them of each key (ID) in each Region.</param>
    public void Add(
        SegmentProgress? from,
        SegmentProgress to,
        IReadOnlyList<EventEntry> entries,
        IReadOnlyDictionary<(string KeyId, string Region), LastUse> uses) => Write(index =>
    {
        if (index.FindSegment(to.Segment)?.End.Offset != from?.End.Offset)
        {
            return;
        }

        if (from is null)
        {
            // Lists that were left without their segment would be in the way.
            index.DeleteSegment(to.Segment);
        }

        foreach ((EventListName name, EventBlock block, byte[] events) in entries.Chunk(BlockSize).SelectMany(EventList.ListBlock))
        {
            index.AddList(name, block, events);
        }

        foreach (((string keyId, string region), LastUse use) in uses.OrderBy(static use => use.Key.KeyId, StringComparer.Ordinal))
        {
            index.PutUse(keyId, region, use);
        }

        index.PutSegment(to);
    });

    /// <summary>Writes the index to the disk.</summary>
    public void Sync()
    {
        lock (_writing)
        {
            _writer.Database.TryMoveLog(out _);
        }
    }

    /// <summary>Forgets the events of a segment, but not the last uses of keys.</summary>
    public void Delete(int segment) => Write(index => index.DeleteSegment(segment));

    public void Dispose()
    {
        _readers.Dispose();
        lock (_writing)
        {
            _writer.Dispose();
        }
    }

    private static bool IsDamage(StateStoreException exception) =>
        exception.InnerException is SqliteError { IsDamage: true };

    private StateStoreException Damaged(Exception exception) => new(
        $"'{_writer.Database.Path}', the index of the events, is damaged. End all processes that use the store and delete the file: it is "
            + "made again from the segments when the store is next opened.",
        exception)
    {
        IsDamage = true,
    };

    private void Write(Action<EventIndexConnection> change)
    {
        lock (_writing)
        {
            _writer.Database.BeginImmediate(s_busyLimit);
            try
            {
                change(_writer);
                _writer.Database.Commit();
            }
            catch (StateStoreException exception) when (IsDamage(exception))
            {
                throw Damaged(exception);
            }
            finally
            {
                _writer.Database.RollBack();
            }
        }
    }

    private T Read<T>(Func<EventIndexConnection, T> read)
    {
        EventIndexConnection connection = _readers.Rent();
        try
        {
            return read(connection);
        }
        catch (StateStoreException exception) when (IsDamage(exception))
        {
            throw Damaged(exception);
        }
        finally
        {
            _readers.Return(connection);
        }
    }
}
