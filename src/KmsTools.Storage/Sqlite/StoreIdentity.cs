using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Notices that files of the store were removed, replaced or cut while this process has them open: what it writes would go into files
/// without a name, or behind what is missing, and be lost. A process that has noticed it goes on refusing, whatever is put back.
/// </summary>
internal sealed class StoreIdentity
{
    // Between two looks of a process that only reads. One that changes the store looks each time.
    private const long MillisecondsBetween = 1000;

    // Longer than the steps of the clock that a file system takes its times from.
    private static readonly TimeSpan s_clockStep = TimeSpan.FromMilliseconds(100);

    private readonly StoreFolder _folder;
    private readonly Func<bool> _hasRootKey;
    private readonly Func<bool> _isLogWhole;
    private readonly Func<(string Path, bool IsCut)?> _findLostEvents;
    private readonly FileStatus? _knownFolder;
    private readonly (string Path, FileStatus Status)[] _known;
    private long _lastLook;

    // Ticks of the last change of the folder before the files were last looked at; 0 if others of the same time could have followed.
    private long _seenChange;
    private volatile string? _lost;

    // state.db only grows, and so does its log until SQLite begins it again.
    private volatile bool _isCut;
    private long _largestState;

    /// <summary>Remembers the files as they are, which must be open by now.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="hasRootKey">Whether root.key is still that of the store; a rotation replaces it.</param>
    /// <param name="isLogWhole">Whether the write-ahead log has all that its index says. Called with the write lock of state.db.</param>
    /// <param name="findLostEvents">
    /// The file of the event log that is not the one that is appended to any more, and whether it was cut; or null.
    /// </param>
    public StoreIdentity(StoreFolder folder, Func<bool> hasRootKey, Func<bool> isLogWhole, Func<(string Path, bool IsCut)?> findLostEvents)
    {
        _folder = folder;
        _hasRootKey = hasRootKey;
        _isLogWhole = isLogWhole;
        _findLostEvents = findLostEvents;
        _knownFolder = FileStatus.Find(folder.Path);
        _known =
        [
            .. new[] { folder.StateFile, folder.StateFile + "-wal", folder.StateFile + "-shm" }
                .Select(static path => (Path: path, Status: FileStatus.Find(path)))
                .Where(static file => file.Status is not null)
                .Select(static file => (file.Path, file.Status!.Value)),
        ];
        _lastLook = Environment.TickCount64;
    }

    /// <summary>Looks, unless it did within the last second.</summary>
    /// <exception cref="StateStoreException">A file was removed, replaced or cut.</exception>
    public void RequireNowAndThen()
    {
        long now = Environment.TickCount64;
        if (_lost is not null || now - Volatile.Read(ref _lastLook) >= MillisecondsBetween)
        {
            Volatile.Write(ref _lastLook, now);
            Require();
        }
    }

    /// <summary>Whether files were removed, replaced or cut, by a look with the write lock of state.db. For the end of the process.</summary>
    public bool IsLost()
    {
        try
        {
            RequireLocked();
            return false;
        }
        catch (StateStoreException)
        {
            return true;
        }
    }

    /// <summary>Looks as <see cref="Require"/> does, and at the write-ahead log: with the write lock, so that nobody begins it again.</summary>
    /// <exception cref="StateStoreException">A file was removed, replaced or cut.</exception>
    public void RequireLocked()
    {
        if (_lost is null && !_isLogWhole())
        {
            _isCut = true;
            _lost = _folder.StateFile + "-wal";
        }

        Require();
    }

    /// <summary>
    /// Looks at the folder, at the size of state.db and at the event log, and at all files of the folder if any was put there or taken away.
    /// </summary>
    /// <exception cref="StateStoreException">A file was removed, replaced or cut.</exception>
    public void Require()
    {
        if (_lost is null && _knownFolder is { } known && FindLost(known) is { } path)
        {
            _lost = path;
        }

        if (_lost is { } lost)
        {
            string what = lost == _folder.Path ? "its folder" : $"'{Path.GetRelativePath(_folder.Path, lost)}'";
            string how = _isCut ? "is shorter than it was" : "is not the one that it has open";
            throw new StateStoreException(
                $"The store '{_folder.Path}' was removed, replaced or cut while this process used it: {what} {how}. Nothing more is done "
                    + "with it, because it would be lost. End this process, or connect again.")
            {
                IsReplaced = true,
                Reason = "The files of the store were removed, replaced or cut.",
            };
        }
    }

    private string? FindLost(FileStatus known)
    {
        DateTime start = DateTime.UtcNow;
        if (FileStatus.Find(_folder.Path, withTime: true) is not { } folder || !folder.IsSame(known))
        {
            return _folder.Path;
        }

        if (IsStateShorter())
        {
            _isCut = true;
            return _folder.StateFile;
        }

        if (_findLostEvents() is { } events)
        {
            _isCut = events.IsCut;
            return events.Path;
        }

        if (folder.Changed is { } changed && changed.Ticks == Volatile.Read(ref _seenChange))
        {
            return null;
        }

        foreach ((string path, FileStatus status) in _known)
        {
            if (FileStatus.Find(path) is not { } now || !now.IsSame(status))
            {
                return path;
            }
        }

        if (!_hasRootKey())
        {
            return _folder.RootKeyFile;
        }

        if (folder.Changed is { } before)
        {
            Volatile.Write(ref _seenChange, before + s_clockStep < start ? before.Ticks : 0);
        }

        return null;
    }

    // What is compared was read before: since then the file can only have grown.
    private bool IsStateShorter()
    {
        long largest = Volatile.Read(ref _largestState);
        if (FileStatus.Find(_folder.StateFile) is not { Size: var size })
        {
            return false;
        }

        if (size > largest)
        {
            Interlocked.CompareExchange(ref _largestState, size, largest);
        }

        return size < largest;
    }
}
