using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>
/// Which changes of state calls may see, and the sync that makes them durable.
/// <para>
/// The rule: nothing is answered before it is durable. A commit of this process is not synced when it is visible in the file, so that
/// others need not wait for it; the version stays as it was until the shared sync is done, and calls go on with what they know: the change
/// is not answered yet, so to them it has not happened. A commit of another process may have been answered, so it is
/// synced before the version moves. Whoever reads the file past the caches may see a commit that is not synced; its answer waits
/// for <see cref="WhenSyncedAsync"/>. After a failed sync nothing is visible that was not before, and the next call tries again.
/// </para>
/// <para>
/// Whether all commits since the last look are of this process is known from the header of the WAL-index: its counter grows by one with
/// each commit, and no other process commits between <see cref="BeginWrite"/> and the commit.
/// </para>
/// </summary>
internal sealed class StateVersion : IStateVersion, IDisposable
{
    private readonly Lock _gate = new();
    private readonly WalIndex _index;
    private readonly LogFile _log;
    private readonly SharedSync _sync;

    // All guarded by the gate. The header that goes with the version; null when a sync must come first.
    private WalHeader? _header;
    private long _version = 1;
    private WalHeader? _beforeWrite;

    // What the last transaction of this process left, if no other process has committed until its end.
    private WalHeader? _left;
    private OwnCommit? _announced;
    private readonly List<OwnCommit> _unsynced = [];
    private readonly OwnCommits _published = new();
    private bool _isClosed;

    public StateVersion(string file, bool isMapped = true)
    {
        _index = new WalIndex(file, isMapped);
        _sync = new SharedSync(SyncAndPublish);
        try
        {
            _log = new LogFile(file + "-wal");
        }
        catch
        {
            _index.Dispose();
            throw;
        }
    }

    /// <summary>The number of the oldest commit of this process that is not synced; <see cref="long.MaxValue"/> if all are.</summary>
    public long OldestUnsynced
    {
        get
        {
            lock (_gate)
            {
                return (_unsynced.Count > 0 ? _unsynced[0] : _announced)?.Commit.Number ?? long.MaxValue;
            }
        }
    }

    /// <summary>The version that calls see: a number that grows when something has changed.</summary>
    /// <exception cref="StateStoreException">The changes of another process cannot be synced.</exception>
    public long Read()
    {
        lock (_gate)
        {
            if (IsUnchanged(Look()))
            {
                return _version;
            }
        }

        _sync.RunAsync().GetAwaiter().GetResult();
        lock (_gate)
        {
            return _version;
        }
    }

    /// <summary>What changed between two versions, if all of it was committed by this process, and lately; otherwise null.</summary>
    public RecentChanges? FindOwnChanges(long after, long version)
    {
        lock (_gate)
        {
            return _published.Find(after, version);
        }
    }

    /// <summary>Whether a commit that is not synced has touched an item, or may have because it is of another process.</summary>
    public bool IsUnsynced(StateItem item)
    {
        lock (_gate)
        {
            return !IsUnchanged(Look()) || _unsynced.Exists(own => Touches(own.Commit, item))
                || (_announced is { } announced && Touches(announced.Commit, item));
        }
    }

    /// <summary>Completes when all that is committed is synced.</summary>
    public Task WhenSyncedAsync()
    {
        lock (_gate)
        {
            if (_unsynced.Count == 0 && _announced is null && IsUnchanged(Look()))
            {
                return Task.CompletedTask;
            }
        }

        return SyncAsync();
    }

    /// <summary>Completes when all that was committed before is synced, and visible.</summary>
    public Task SyncAsync() => _sync.RunAsync();

    /// <summary>
    /// Whether the log has all that its index says. The caller has the write lock: others neither append to the log nor begin it again.
    /// </summary>
    public bool IsLogWhole()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
            return _log.Length >= _index.ReadWhole().LogLength;
        }
    }

    /// <summary>A transaction of this process has the write lock.</summary>
    /// <returns>Whether the state is certainly as the last transaction of this process left it.</returns>
    public bool BeginWrite()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
            _beforeWrite = _index.ReadWhole();
            if (_beforeWrite != _header)
            {
                _header = null;
            }

            return _left is not null && _beforeWrite == _left;
        }
    }

    /// <summary>The transaction is about to commit.</summary>
    public void Announce(OwnCommit commit)
    {
        lock (_gate)
        {
            _announced = commit;
        }
    }

    /// <summary>The transaction has ended. Other processes may have committed since it released the lock.</summary>
    /// <param name="isCommitted">Whether what was announced is committed.</param>
    public void EndWrite(bool isCommitted)
    {
        lock (_gate)
        {
            if (isCommitted)
            {
                _unsynced.Add(_announced!);
            }

            WalHeader? now = _isClosed || _header is null ? null : _index.ReadWhole();
            _header = now is { } header && IsOwn(header) ? header : null;
            _left = isCommitted ? _header : null;
            _announced = null;
            _beforeWrite = null;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _index.Dispose();
            _log.Dispose();
        }
    }

    private static bool Touches(StateCommit commit, StateItem item) =>
        commit.Touched.Contains(item) || commit.Touched.Contains(StateItem.Everything);

    private WalHeader Look()
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
        return _index.Read();
    }

    private bool IsUnchanged(WalHeader now) => _header is { } header && (now == header || IsOwn(now));

    // The commit of the transaction in progress, and a restart of the log by it.
    private bool IsOwn(WalHeader now) => _index.CountsCommits && _beforeWrite is { } before && now.CommitsSince(before) <= 1;

    // By one thread at a time.
    private void SyncAndPublish()
    {
        WalHeader synced;
        int count;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
            synced = _index.ReadWhole();
            count = _unsynced.Count;
            if (!IsUnchanged(synced))
            {
                _header = null;
            }
        }

        try
        {
            _log.Sync();
        }
        catch
        {
            lock (_gate)
            {
                _header = null;
            }

            throw;
        }

        lock (_gate)
        {
            if (count > 0 || _header is null)
            {
                _version++;
            }

            if (_header is null)
            {
                _published.Restart(_version);
            }
            else
            {
                _published.Add(_version, _unsynced.Take(count));
            }

            _unsynced.RemoveRange(0, count);

            // A transaction that began behind a commit of another process must not pass that off as its own.
            if (_beforeWrite is null || IsOwn(synced))
            {
                _header ??= synced;
            }
        }
    }
}
