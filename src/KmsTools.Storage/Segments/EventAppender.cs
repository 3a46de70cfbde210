using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Appends events to the segment of this process, in groups. Changes announce themselves before they commit and append their events after it;
/// the segment is exchanged for the next one only between changes, so that the events of a commit are in the segment that its row names.
/// </summary>
internal sealed class EventAppender : IDisposable
{
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _writing = new();
    private readonly object _changing = new();
    private readonly GroupCommit<byte[]> _group;
    private readonly SortedSet<long> _announced = [];
    private readonly List<(long Number, byte[] Events)> _owed = [];
    private readonly Func<bool> _syncsGroups;
    private readonly Action<SegmentWriter> _appended;
    private SegmentWriter _segment;
    private long _lastAnnounced;
    private bool _isExchanging;
    private bool _isClosed;

    /// <summary>Begins to append.</summary>
    /// <param name="segment">The segment of this process.</param>
    /// <param name="syncsGroups">Whether every group must be on the disk before its calls are answered.</param>
    /// <param name="appended">Is told after each group, while nothing else is appended.</param>
    public EventAppender(SegmentWriter segment, Func<bool> syncsGroups, Action<SegmentWriter> appended)
    {
        _segment = segment;
        _syncsGroups = syncsGroups;
        _appended = appended;
        _group = new GroupCommit<byte[]>(Write);
    }

    /// <summary>The number of the segment.</summary>
    public int Segment => Volatile.Read(ref _segment).Number;

    /// <summary>Whether nothing is appended any more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>The number of the segment, if what is appended to it is lost, and whether it was cut; else null.</summary>
    public (int Segment, bool IsCut)? FindLost()
    {
        SegmentWriter segment = Volatile.Read(ref _segment);

        // A segment that was exchanged in the meantime may be dropped by another process.
        return segment.IsLost(out bool isCut) && ReferenceEquals(segment, Volatile.Read(ref _segment)) && !IsClosed
            ? (segment.Number, isCut)
            : null;
    }

    /// <summary>Appends events.</summary>
    /// <param name="events">Records whose hashes are missing.</param>
    /// <exception cref="StateStoreException">They are not written.</exception>
    public void Append(byte[] events) => _group.Add(events);

    /// <inheritdoc cref="Append"/>
    public Task AppendAsync(byte[] events) => _group.AddAsync(events);

    /// <summary>Announces the events of a commit. Publish or withdraw them in any case.</summary>
    /// <param name="number">The number of the commit.</param>
    /// <returns>The segment in which they will be, and its length at present.</returns>
    public (int Segment, long Length) Announce(long number)
    {
        lock (_changing)
        {
            while (_isExchanging)
            {
                Monitor.Wait(_changing);
            }

            _announced.Add(number);
            _lastAnnounced = Math.Max(_lastAnnounced, number);
            lock (_writing)
            {
                return (_segment.Number, _segment.Progress.End.Offset);
            }
        }
    }

    /// <summary>
    /// Appends the announced events of a commit that has succeeded. Where that fails they stay announced, and are appended before all others:
    /// the change is made, and its events are safe in the row of the commit.
    /// </summary>
    public void Publish(long number, byte[] events)
    {
        try
        {
            Append(events);
        }
        catch (Exception exception) when (exception is StateStoreException or ObjectDisposedException)
        {
            lock (_writing)
            {
                _owed.Add((number, events));
                return;
            }
        }

        Withdraw(number);
    }

    /// <summary>Withdraws the announcement of a commit that has failed, or whose events are appended.</summary>
    public void Withdraw(long number)
    {
        lock (_changing)
        {
            _announced.Remove(number);
            Monitor.PulseAll(_changing);
        }
    }

    /// <summary>Appends the events that could not be appended before, if there are any and it is possible now.</summary>
    public void TryAppendOwed()
    {
        try
        {
            lock (_writing)
            {
                if (_owed.Count > 0 && !_isClosed)
                {
                    Write([]);
                }
            }
        }
        catch (StateStoreException)
        {
            // The disk is still full.
        }
    }

    /// <summary>Writes the segment to the disk.</summary>
    /// <returns>The segment, and the newest commit of which, and of all before, the events are on the disk in it.</returns>
    public (int Segment, long Number) Sync()
    {
        SegmentWriter segment;
        long number;
        lock (_changing)
        {
            segment = _segment;
            number = _announced.Count == 0 ? _lastAnnounced : _announced.Min - 1;
        }

        segment.Sync();
        return (segment.Number, number);
    }

    /// <summary>Continues with another segment.</summary>
    /// <param name="next">The segment.</param>
    /// <returns>The one before, with the newest commit whose events are in it; null if changes do not end.</returns>
    public (SegmentWriter Segment, long Number)? Exchange(SegmentWriter next)
    {
        lock (_changing)
        {
            _isExchanging = true;
            try
            {
                long start = Environment.TickCount64;
                while (_announced.Count > 0)
                {
                    if (Environment.TickCount64 - start > s_drainLimit.TotalMilliseconds || _isClosed)
                    {
                        return null;
                    }

                    Monitor.Wait(_changing, s_drainLimit);
                }

                lock (_writing)
                {
                    if (_isClosed)
                    {
                        return null;
                    }

                    SegmentWriter before = _segment;
                    Volatile.Write(ref _segment, next);
                    return (before, _lastAnnounced);
                }
            }
            finally
            {
                _isExchanging = false;
                Monitor.PulseAll(_changing);
            }
        }
    }

    /// <summary>Refuses everything that comes after.</summary>
    public void Close()
    {
        lock (_writing)
        {
            _isClosed = true;
        }

        lock (_changing)
        {
            Monitor.PulseAll(_changing);
        }
    }

    /// <summary>Closes the segment.</summary>
    public void Dispose()
    {
        Close();
        _segment.Dispose();
    }

    private void Write(IReadOnlyList<byte[]> groups)
    {
        // Only closing and exchanging during a commit contend for this lock.
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
            if (_owed.Count > 0)
            {
                _segment.Append([.. _owed.Select(static owed => owed.Events)], _syncsGroups());
                foreach ((long number, _) in _owed)
                {
                    // On another thread: the locks are taken in the other order elsewhere.
                    ThreadPool.UnsafeQueueUserWorkItem(Withdraw, number, preferLocal: false);
                }

                _owed.Clear();
            }

            if (groups.Count > 0)
            {
                _segment.Append(groups, _syncsGroups());
            }

            _appended(_segment);
        }
    }
}
