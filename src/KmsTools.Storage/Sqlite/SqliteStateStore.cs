using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// A store in a folder: root.key, state.db (the state, and the events of changes until they are in the log), the folder events with the
/// segments of the event log, and events.db, their index.
/// </summary>
internal sealed class SqliteStateStore : IStateStore, IOutbox
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    // Two threads that create the same folder at the same time would conflict between the creation of a file and its first lock.
    private static readonly Lock s_opening = new();

    private readonly StoreFolder _folder;
    private readonly RootKeyKeeper _keys;
    private readonly StateConnection _writer;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly StateVersion _version;
    private readonly Pool<StateConnection> _readers;
    private readonly EventLog _events;
    private readonly RequestCounters _requests;
    private readonly StoreIdentity _identity;
    private readonly TemporaryHold? _hold;
    private bool _isClosed;

    private SqliteStateStore(
        StoreFolder folder, RootKeyKeeper keys, StoreSecrets secrets, StateConnection writer, LostChanges? lost, StateStoreOptions options)
    {
        _folder = folder;
        _keys = keys;
        _writer = writer;
        LostChanges = lost;
        IsTemporary = options.Temporary;
        Properties = writer.Store.Read();
        Secrets = secrets;
        _readers = new Pool<StateConnection>(() => StateConnection.OpenReader(folder.StateFile, secrets.Rows));
        _version = new StateVersion(folder.StateFile);
        _requests = new RequestCounters(folder);
        try
        {
            _hold = IsTemporary ? TemporaryHold.Take(folder.Path) : null;
            _identity = new StoreIdentity(folder, () => keys.IsOfStore(rootKey => Read(connection => connection.Store.IsOf(rootKey))));
            _events = new EventLog(folder, EventConversion.SegmentsOf(folder, Properties, IsTemporary), this, options.EventSink);
        }
        catch
        {
            _hold?.Dispose();
            _version.Dispose();
            _readers.Dispose();
            throw;
        }

        if (IsTemporary)
        {
            AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        }
    }

    public string Folder => _folder.Path;

    public bool IsTemporary { get; }

    public StateStoreProperties Properties { get; }

    public RootKey RootKey => _keys.RootKey;

    public StoreSecrets Secrets { get; }

    public LostChanges? LostChanges { get; }

    public IEventLog Events => _events;

    public IRequestCounters Requests => _requests;

    public static SqliteStateStore Open(StateStoreOptions options)
    {
        StoreFolder folder = new(options.Folder);
        RootKeyKeeper? keys = null;
        StoreSecrets? secrets = null;
        StateConnection? writer = null;
        lock (s_opening)
        {
            try
            {
                writer = OpenState(folder, options, out keys, out secrets, out LostChanges? lost);
                SqliteStateStore store = new(folder, keys, secrets, writer, lost, options);
                writer = null;
                secrets = null;
                keys = null;
                store.DropWhatWasLeft();
                if (options.Temporary)
                {
                    TemporaryHold.DeleteAbandoned(folder.Path);
                }

                return store;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new StateStoreException(
                    $"The folder '{folder.Path}' cannot be used: {exception.Message} Check who owns it and its permissions.", exception);
            }
            finally
            {
                writer?.Dispose();
                secrets?.Dispose();
                keys?.Dispose();
            }
        }
    }

    public long ReadVersion()
    {
        _identity.RequireNowAndThen();
        return _version.Read();
    }

    public long OldestUnsyncedCommit => _version.OldestUnsynced;

    public bool IsUnsynced(StateItem item) => _version.IsUnsynced(item);

    public Task WhenSyncedAsync() => _version.WhenSyncedAsync();

    public IStateReader OpenReader() => StateReader.Open(_readers);

    public IStateReader OpenReader(DateTimeOffset moment) => StateReader.Open(_readers, moment);

    public IStateTransaction BeginTransaction()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (!_writing.Wait(s_busyLimit))
        {
            throw new StateStoreException(
                $"The store '{Folder}' is busy: another thread of this process kept its transaction open for too long. Try again.");
        }

        bool isBegun = false;
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _identity.Require();
            _writer.Database.BeginImmediate(s_busyLimit);
            RootKeyState rootKey = _writer.RootKeys.Read();
            _keys.Follow(rootKey);
            _version.BeginWrite();
            isBegun = true;
            return new StateTransaction(_writer, _version, _events, _keys, rootKey, EndTransaction);
        }
        finally
        {
            if (!isBegun)
            {
                _writer.Database.RollBack();
                EndTransaction();
            }
        }
    }

    public void DropFormerRootKeys()
    {
        using StateTransaction transaction = (StateTransaction)BeginTransaction();
        transaction.DropFormerRootKeys();
    }

    public void Probe()
    {
        _identity.Require();
        Read(connection =>
        {
            _folder.RequireRootKey(connection);
            _ = connection.Store.ReadSettings();
            return LostCommits.Find(_folder, connection) is { } lost ? throw LostCommits.Refusal(_folder, lost) : true;
        });
        _folder.Probe();
    }

    public StoreFileVerification VerifyFiles() => new FileVerifier(_folder, Secrets.Rows).Run();

    ImmutableArray<OutboxItem> IOutbox.List() => Read(static connection => connection.Commits.ListEvents());

    EventLogSettings IOutbox.ReadSettings() => Read(static connection => connection.Store.ReadEventLog());

    // When the store is closed by the thread of an open transaction, the next process does it.
    void IOutbox.Clear(int segment, long number)
    {
        if (!_writing.Wait(_isClosed ? TimeSpan.Zero : s_busyLimit))
        {
            return;
        }

        try
        {
            _writer.Database.BeginImmediate(s_busyLimit);
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
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
        {
            return;
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _events.Dispose();
        _requests.Dispose();
        _version.Dispose();
        _readers.Dispose();
        if (_writing.Wait(0))
        {
            EndTransaction();
        }

        Secrets.Dispose();
        _keys.Dispose();
        if (IsTemporary)
        {
            _hold?.Dispose();
            _folder.Delete();
        }
    }

    private static StateConnection OpenState(
        StoreFolder folder, StateStoreOptions options, out RootKeyKeeper keys, out StoreSecrets secrets, out LostChanges? lost)
    {
        StorePrivacy.Require(folder);
        StoreBirth.Ensure(folder, options, s_busyLimit);

        // Before state.db is opened with its log: a store that is refused remains unchanged.
        RootKeyKeeper read = new(folder);
        StoreSecrets? secretsRead = null;
        StateConnection? writer = null;
        try
        {
            writer = StateConnection.OpenWriter(folder.StateFile, s_busyLimit);
            if (Schema.IsEmpty(writer.Database))
            {
                throw folder.Incomplete(folder.FindParts());
            }

            folder.RequireRootKey(writer, read.RootKey);
            lost = FindLost(folder, writer, options);
            EventConversion conversion = new(folder, writer.Database);
            EarlierState earlier = new(folder);
            writer.Upgrade(s_busyLimit, read.RootKey, script =>
            {
                earlier.Keep();
                conversion.Before(script);
            });
            secretsRead = StoredSecrets.Read(folder, writer, read.RootKey);
            writer.Database.AuthenticateRows(secretsRead.Rows);
            conversion.Conclude();
            earlier.Drop();
            FixedOptions.Require(folder, writer.Store.Read(), options);
            writer.Database.KeepLog(false);
            read.Follow(writer.RootKeys.Read());
            keys = read;
            secrets = secretsRead;
            return writer;
        }
        catch
        {
            read.Dispose();
            secretsRead?.Dispose();
            writer?.Dispose();
            throw;
        }
    }

    // Before anything is written: SQLite would overwrite the rest of a log behind the damage, which a person may still want to look at.
    private static LostChanges? FindLost(StoreFolder folder, StateConnection writer, StateStoreOptions options)
    {
        LostChanges? lost = LostCommits.Find(folder, writer);
        if (lost is not null && !options.AcceptLostChanges)
        {
            throw LostCommits.Refusal(folder, lost);
        }

        writer.Commits.LastUsed = lost?.Logged ?? 0;
        return lost;
    }

    // A process died between the end of a rotation and that.
    private void DropWhatWasLeft()
    {
        try
        {
            if (RootKey.Held.Length > 1)
            {
                DropFormerRootKeys();
            }
        }
        catch (StateStoreException)
        {
            // A full disk must not keep the store from being opened. The next process does it.
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

    private void EndTransaction()
    {
        if (_isClosed)
        {
            // Keeps the permit: the connection must not be used again.
            _writer.Dispose();
        }
        else
        {
            _writing.Release();
            if (_isClosed && _writing.Wait(0))
            {
                _writer.Dispose();
            }
        }
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => Dispose();
}
