using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools;

/// <summary>
/// A real store, as a node of a shared one has it: what other processes change is not known here until the node looks at the version, writes,
/// or is told that a call was outdated. Its versions are the numbers of commits, and all that is committed counts as synced.
/// </summary>
public sealed class SharedStore : IStateStore, IEventLog
{
    private readonly IStateStore _store;
    private long _known;
    private bool _wrote;

    public SharedStore(IStateStore store)
    {
        _store = store;
        _known = ReadNewest();
    }

    /// <summary>How often the version was looked at.</summary>
    public int Looks { get; private set; }

    /// <summary>What each call that went by known values has read, and whether that was right, in the order of their ends.</summary>
    public List<(StateReads Reads, bool IsRecorded)> Attempts { get; } = [];

    /// <summary>What happens once when the next such call is about to record its event.</summary>
    public Action? BeforeRecording { get; set; }

    /// <summary>What happens once when an event that no call has read anything for was appended, before that is known here.</summary>
    public Action? AfterAppending { get; set; }

    /// <summary>Whether another node keeps all locks for longer than anyone waits.</summary>
    public bool IsLockTaken { get; set; }

    /// <summary>The locks that were asked for.</summary>
    public List<(string Name, TimeSpan Limit)> Locks { get; } = [];

    /// <summary>The clock that the machines have in common; null for none.</summary>
    public SharedClock? Clock { get; set; }

    public DateTimeOffset? UtcNow => Clock?.UtcNow;

    public bool IsShared => true;

    public string Folder => _store.Folder;

    public string Location => "Host=db.example;Database=kms";

    public bool IsTemporary => _store.IsTemporary;

    public StateStoreProperties Properties => _store.Properties;

    public RootKey RootKey => _store.RootKey;

    public StoreSecrets Secrets => _store.Secrets;

    public LostChanges? LostChanges => _store.LostChanges;

    public long OldestUnsyncedCommit => long.MaxValue;

    public IEventLog Events => this;

    public IRequestCounters Requests => _store.Requests;

    ImmutableArray<EventLogRepair> IEventLog.Repairs => _store.Events.Repairs;

    Action? IEventLog.SegmentCompleted
    {
        get => _store.Events.SegmentCompleted;
        set => _store.Events.SegmentCompleted = value;
    }

    public long ReadVersion()
    {
        Looks++;
        return _known = ReadNewest();
    }

    public long ReadKnownVersion()
    {
        if (_wrote)
        {
            // Who has written knows what was there before.
            _wrote = false;
            _known = ReadNewest();
        }

        return _known;
    }

    public RecentChanges? FindOwnChanges(long after, long version) => null;

    public IDisposable? EnterLock(string name, TimeSpan limit)
    {
        Locks.Add((name, limit));
        return IsLockTaken ? null : _store.EnterLock(name, limit);
    }

    public void Probe() => _store.Probe();

    public StoreFileVerification VerifyFiles(Action<StoreFinding> found) => _store.VerifyFiles(found);

    public bool IsUnsynced(StateItem item) => false;

    public Task WhenSyncedAsync() => Task.CompletedTask;

    public void DropFormerRootKeys() => _store.DropFormerRootKeys();

    public Seal? ReadSeal() => _store.ReadSeal();

    public SealKey? CopySealKey() => _store.CopySealKey();

    public void Unlock(Func<Seal, SealKey> unlock) => _store.Unlock(unlock);

    public void ForgetFormerRootKeyFile() => _store.ForgetFormerRootKeyFile();

    public IStagedBackup Backup(string path, bool replace, DateTimeOffset now, Seal seal, SealKey key) =>
        _store.Backup(path, replace, now, seal, key);

    public IStateReader OpenReader() => _store.OpenReader();

    public IStateReader OpenReader(DateTimeOffset moment) => _store.OpenReader(moment);

    public IStateTransaction BeginTransaction()
    {
        IStateTransaction transaction = _store.BeginTransaction();
        _wrote = true;
        return transaction;
    }

    public void Append(AuditRecord record)
    {
        _store.Events.Append(record);
        Action? after = AfterAppending;
        AfterAppending = null;
        after?.Invoke();
    }

    public Task AppendAsync(AuditRecord record) => _store.Events.AppendAsync(record);

    public bool TryAppend(AuditRecord record, StateReads reads)
    {
        bool isRecorded = IsUpToDate(reads);
        if (isRecorded)
        {
            Append(record);
        }

        return isRecorded;
    }

    public async Task<bool> TryAppendAsync(AuditRecord record, StateReads reads)
    {
        await Task.Yield();
        return TryAppend(record, reads);
    }

    public IEnumerable<AuditRecord> Query(EventQuery query) => _store.Events.Query(query);

    public KeyUse? FindLastUsage(string region, string keyId) => _store.Events.FindLastUsage(region, keyId);

    public ImmutableArray<EventSegment> ListSegments() => _store.Events.ListSegments();

    public IEnumerable<EventSegmentVerification> Verify(IReadOnlyCollection<EventSegment> heads) => _store.Events.Verify(heads);

    public ImmutableArray<EventSegment> FindExcess(EventLogSettings settings, DateTimeOffset now) => _store.Events.FindExcess(settings, now);

    public void Drop(IReadOnlyCollection<EventSegment> segments) => _store.Events.Drop(segments);

    public void Dispose() => _store.Dispose();

    private bool IsUpToDate(StateReads reads)
    {
        Action? before = BeforeRecording;
        BeforeRecording = null;
        before?.Invoke();
        Assert.Contains(StateItem.Settings, reads.Items);
        Assert.Contains(StateItem.Everything, reads.Items);
        StateChanges changes = ReadChanges(reads.Version);
        bool isUpToDate = changes.IsComplete && !changes.Commits.SelectMany(static commit => commit.Touched).Any(reads.Items.Contains);
        if (!isUpToDate)
        {
            _known = Math.Max(_known, changes.Number);
        }

        Attempts.Add((reads, isUpToDate));
        return isUpToDate;
    }

    private long ReadNewest() => ReadChanges(null).Number;

    private StateChanges ReadChanges(long? after)
    {
        // Syncs what others have committed, which may be answered.
        _ = _store.ReadVersion();
        using IStateReader reader = _store.OpenReader();
        return reader.ReadChanges(after);
    }
}
