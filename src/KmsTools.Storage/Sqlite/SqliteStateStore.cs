using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Backups;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// A store in a folder: root.key, state.db (the state, and the events of changes until they are in the log), the folder events with the
/// segments of the event log, and events.db, their index.
/// </summary>
internal sealed partial class SqliteStateStore : IStateStore, IOutbox
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    private readonly StoreFolder _folder;
    private readonly RootKeyKeeper _keys;
    private readonly StateFile _writer;
    private readonly WriterTurn _turn;
    private readonly KnownRows _known;
    private readonly StateVersion _version;
    private readonly Pool<StateConnection> _readers;
    private readonly EventLog _events;
    private readonly RequestCounters _requests;
    private readonly StoreIdentity _identity;
    private readonly TemporaryHold? _hold;

    private SqliteStateStore(
        StoreFolder folder, RootKeyKeeper keys, StoreSecrets secrets, StateFile writer, Losses lost, StateStoreOptions options)
    {
        _folder = folder;
        _keys = keys;
        _writer = writer;
        _turn = new WriterTurn(writer, folder.Path, s_busyLimit);
        _known = new KnownRows(writer);
        LostChanges = lost.Changes;
        IsTemporary = options.Temporary;
        Properties = writer.Store.Read();
        Secrets = secrets;
        _readers = new Pool<StateConnection>(() => StateFile.OpenReader(folder.StateFile, secrets.Rows));
        _version = new StateVersion(folder.StateFile);
        _requests = new RequestCounters(folder);
        try
        {
            _hold = IsTemporary ? TemporaryHold.Take(folder.Path) : null;
            _identity = new StoreIdentity(
                folder,
                () => keys.IsOfStore(rootKey => Read(connection => connection.Store.IsOf(rootKey))),
                _version.IsLogWhole,
                () => _events?.FindLostFile());
            _events = new EventLog(
                folder, EventConversion.SegmentsOf(folder, Properties, IsTemporary), this, options.EventSink, lost.IsLogLost);
        }
        catch
        {
            _hold?.Dispose();
            _version.Dispose();
            _readers.Dispose();
            throw;
        }

        keys.RootKey.KeepOnlySubkeys();
        if (IsTemporary)
        {
            AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        }
    }

    public string Folder => _folder.Path;

    public string Location => _folder.Path;

    public bool IsShared => false;

    public bool IsTemporary { get; }

    public StateStoreProperties Properties { get; }

    public RootKey RootKey => _keys.RootKey;

    public StoreSecrets Secrets { get; }

    /// <summary>What backups and copies of the store are made of.</summary>
    internal StoreSnapshotSource Source => new(_folder, _keys, Secrets.Rows, Properties);

    public LostChanges? LostChanges { get; }

    public IEventLog Events => _events;

    public IRequestCounters Requests => _requests;

    public long ReadVersion()
    {
        _identity.RequireNowAndThen();
        return _version.Read();
    }

    public long ReadKnownVersion() => ReadVersion();

    public IDisposable? EnterLock(string name, TimeSpan limit) => _folder.EnterLock(name, limit);

    public RecentChanges? FindOwnChanges(long after, long version) => _version.FindOwnChanges(after, version);

    public long OldestUnsyncedCommit => _version.OldestUnsynced;

    public bool IsUnsynced(StateItem item) => _version.IsUnsynced(item);

    public Task WhenSyncedAsync() => _version.WhenSyncedAsync();

    public IStateReader OpenReader() => StateReader.Open(_readers);

    public IStateReader OpenReader(DateTimeOffset moment) => StateReader.Open(_readers, moment);

    public IStateTransaction BeginTransaction() => _turn.Begin(Begin);

    public void DropFormerRootKeys()
    {
        using StateTransaction transaction = _turn.Begin(Begin);
        transaction.DropFormerRootKeys();
    }

    public Seal? ReadSeal() => _keys.ReadSeal();

    public SealKey? CopySealKey() => _keys.CopySealKey();

    public void Unlock(Func<Seal, SealKey> unlock) => _keys.Unlock(unlock);

    public void ForgetFormerRootKeyFile()
    {
        using StateTransaction transaction = _turn.Begin(Begin);
        transaction.ForgetFormerRootKeyFile();
    }

    public void Probe()
    {
        _identity.Require();
        Read(connection =>
        {
            _keys.Require(connection);
            _ = connection.Store.ReadSettings();
            return LostCommits.Find(_folder, (StateFile)connection) is { } lost ? throw LostCommits.Refusal(_folder, lost) : true;
        });
        _folder.Probe();
    }

    public IStagedBackup Backup(string path, bool replace, DateTimeOffset now, Seal seal, SealKey key)
    {
        _identity.Require();
        return StagedBackup.Write(Source, path, replace, now, seal, key);
    }

    public StoreFileVerification VerifyFiles(Action<StoreFinding> found) => new FileVerifier(_folder, found).Run(_keys, Secrets.Rows);

    ImmutableArray<OutboxItem> IOutbox.List() => Read(static connection => connection.Commits.ListEvents());

    EventLogSettings IOutbox.ReadSettings() => Read(static connection => connection.Store.ReadEventLog());

    // When the store is closed by the thread of an open transaction, the next process does it.
    void IOutbox.Clear(int segment, long number) => _turn.TryRun(() =>
    {
        _writer.Database.BeginImmediate(s_busyLimit);
        _identity.RequireLocked();
        _version.BeginWrite();
        try
        {
            _writer.Commits.ClearEvents(segment, number);
            _writer.Database.Commit();
        }
        finally
        {
            _writer.Database.RollBack();

            // It changes nothing that others see, so nobody needs to wait until it is synced.
            _version.EndWrite(isCommitted: false);
        }
    });

    public void Dispose()
    {
        if (!_turn.TryClose())
        {
            return;
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        KeepLostFiles();
        _events.Dispose();
        _requests.Dispose();
        _version.Dispose();
        _readers.Dispose();
        _turn.Dispose();
        Secrets.Dispose();
        _keys.Dispose();
        if (IsTemporary)
        {
            _hold?.Dispose();
            _folder.Delete();
        }
    }

    // SQLite moves the log into state.db when its last connection is closed. What was cut from it would be overwritten with zeros there.
    private void KeepLostFiles() => _turn.TryRun(() =>
    {
        bool isLost;
        try
        {
            _writer.Database.BeginImmediate(TimeSpan.Zero);
            isLost = _identity.IsLost();
        }
        catch (StateStoreException exception)
        {
            // Another process that writes looks at the files itself.
            isLost = exception.InnerException is not SqliteError { Code: var code } || !SqliteError.IsBusy(code);
        }
        finally
        {
            _writer.Database.RollBack();
        }

        if (isLost)
        {
            _writer.Database.KeepLog(true);
        }
    });

    private StateTransaction Begin()
    {
        _identity.RequireNowAndThen();
        _writer.Database.BeginImmediate(s_busyLimit);

        // With the lock: a restore has it while it exchanges the folders, and whoever comes after must not go on in the former one.
        _identity.RequireLocked();
        BeginWrite();
        return new StateTransaction(_writer, _version, _events, _keys, _known, _turn.End);
    }

    private void BeginWrite()
    {
        bool isSame = _version.BeginWrite();
        try
        {
            _known.Begin(isSame);
            _keys.Follow(_known.RootKey);
        }
        catch
        {
            _version.EndWrite(isCommitted: false);
            throw;
        }
    }

    private T Read<T>(Func<StateConnection, T> read)
    {
        StateConnection connection = _readers.Rent();
        try
        {
            return read(connection);
        }
        finally
        {
            _readers.Return(connection);
        }
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => Dispose();
}
