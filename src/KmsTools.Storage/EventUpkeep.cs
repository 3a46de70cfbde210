using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage;

/// <summary>
/// What the log does behind the calls, on a thread of its own that no call waits for: indexes events, writes the segment to the disk so that the
/// rows of commits can forget their events, and exchanges a full segment for the next one.
/// </summary>
internal sealed class EventUpkeep : IDisposable
{
    /// <summary>The number of events that are indexed in one transaction: many for each page that is written.</summary>
    public const int IndexBatch = 4096;

    /// <summary>The number of commits after which their events are written to the disk.</summary>
    public const int SyncBatch = 256;

    // The next process to open the store would read them again.
    private const int MinIndexedAtEnd = 512;

    private readonly SegmentShelf _shelf;
    private readonly EventIndexer _indexer;
    private readonly IOutbox _outbox;
    private readonly EventSettingsCache _settings;
    private readonly long _maxSegmentSize;
    private readonly Lock _gate = new();

    // The complete segments that are not indexed yet. Used by the work, and at its end.
    private readonly Queue<int> _completed = new();

    private EventAppender _appender = null!;
    private Task _work = Task.CompletedTask;
    private bool _isClosed;

    // Whether indexing waits for its turn.
    private bool _isIndexing;

    // A segment that could not take the place of a full one, because changes did not end.
    private SegmentWriter? _spare;

    // Guarded by the appender: Appended is called while nothing else is appended.
    private int _segment;
    private long _indexedCount;
    private long _exchangeAfter;

    // The newest commit whose events are on the disk, and the segment that they are in; and what the rows of commits have forgotten of it.
    private (int Segment, long Number) _synced;
    private int _changes;

    public EventUpkeep(SegmentShelf shelf, EventIndexer indexer, IOutbox outbox, EventSettingsCache settings, long maxSegmentSize)
    {
        _shelf = shelf;
        _indexer = indexer;
        _outbox = outbox;
        _settings = settings;
        _maxSegmentSize = maxSegmentSize;
    }

    /// <summary>Called when a segment was completed and indexed.</summary>
    public Action? SegmentCompleted { get; set; }

    /// <summary>Begins.</summary>
    public void Begin(EventAppender appender, SegmentWriter own)
    {
        _appender = appender;
        _segment = own.Number;
    }

    /// <summary>Must be called after every group, while nothing else is appended.</summary>
    public void Appended(SegmentWriter segment)
    {
        SegmentProgress progress = segment.Progress;
        if (segment.Number != _segment)
        {
            (_segment, _indexedCount, _exchangeAfter) = (segment.Number, 0, 0);
        }

        if (progress.Count - _indexedCount >= IndexBatch)
        {
            _indexedCount = progress.Count;
            if (!Interlocked.Exchange(ref _isIndexing, true))
            {
                Start(() => IndexNext(progress.Segment));
            }
        }

        if (progress.End.Offset >= _exchangeAfter && (progress.End.Offset >= MaxSize() || IsOld(progress)))
        {
            // Tried again later if it fails.
            _exchangeAfter = progress.End.Offset + SegmentLimits.RetryAfter(MaxSize());
            Start(() => Exchange(progress.Segment));
        }
    }

    /// <summary>Must be called after the events of a commit are appended.</summary>
    public void Published()
    {
        if (Interlocked.Increment(ref _changes) % SyncBatch == 0)
        {
            Start(Sync);
        }
    }

    /// <summary>The newest commit whose events can be forgotten, with their segment, if there is one. Given out once.</summary>
    public (int Segment, long Number)? TakeForgettable()
    {
        lock (_gate)
        {
            (int Segment, long Number) synced = _synced;
            _synced = default;
            return synced.Number > 0 ? synced : null;
        }
    }

    /// <summary>Leaves little to do for the next process. Nothing is appended any more.</summary>
    public void Finish()
    {
        Dispose();
        Try(() =>
        {
            if (_changes > 0)
            {
                (int segment, long number) = _appender.Sync();
                _outbox.Clear(segment, number);
            }
        });
        Try(() =>
        {
            while (_completed.TryDequeue(out int segment))
            {
                _indexer.Index(segment);
            }

            _indexer.IndexIfMany(_appender.Segment, MinIndexedAtEnd);
        });
    }

    /// <summary>Ends the work.</summary>
    public void Dispose()
    {
        Task work;
        lock (_gate)
        {
            _isClosed = true;
            work = _work;
        }

        work.Wait();
        _spare?.Dispose();
    }

    private long MaxSize() => SegmentLimits.SizeOf(_settings.Known, _maxSegmentSize);

    private bool IsOld(SegmentProgress progress) =>
        SegmentLimits.IsOld(_settings.Known, progress.Count, progress.FirstTime, progress.LastTime);

    private void Start(Action work)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _work = _work.ContinueWith(
                    _ => Try(work), CancellationToken.None, TaskContinuationOptions.LongRunning, TaskScheduler.Default);
            }
        }
    }

    private void Sync()
    {
        (int Segment, long Number) synced = _appender.Sync();
        lock (_gate)
        {
            _synced = synced;
        }
    }

    // In steps, so that other work comes in between where calls append faster than this thread indexes: a full segment must be exchanged.
    private void IndexNext(int segment)
    {
        Volatile.Write(ref _isIndexing, false);
        if (_indexer.IndexNext(segment) && !Interlocked.Exchange(ref _isIndexing, true))
        {
            Start(() => IndexNext(segment));
        }
    }

    private void Exchange(int full)
    {
        // It may have been exchanged since, or nothing be appended any more: a new one would stay empty.
        if (_appender.IsClosed || _appender.Segment != full)
        {
            return;
        }

        SegmentWriter next = _spare ?? _shelf.TakeNew();
        _spare = null;
        if (_appender.Exchange(next) is not { } before)
        {
            _spare = next;
            return;
        }

        // Until the rows have forgotten the events, the segment is this process's.
        try
        {
            before.Segment.Sync();
            _outbox.Clear(before.Segment.Number, before.Number);
            _shelf.Seal(before.Segment);
        }
        catch
        {
            before.Segment.Dispose();
            throw;
        }

        _completed.Enqueue(full);
        Start(IndexCompleted);
    }

    private void IndexCompleted()
    {
        if (!_completed.TryPeek(out int segment))
        {
            return;
        }

        // Again for the rest of it, or for one that could not be indexed before.
        bool hasMore = _indexer.IndexNext(segment);
        Start(IndexCompleted);
        if (!hasMore)
        {
            _completed.Dequeue();
            SegmentCompleted?.Invoke();
        }
    }

    // Nothing is lost where it fails: the next batch, the next process or the next query does it.
    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception) when (exception is StateStoreException or ObjectDisposedException or IOException
            or UnauthorizedAccessException)
        {
        }
    }
}
