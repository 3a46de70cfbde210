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
    private readonly StateConnection _writer;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly StateVersion _version;
    private readonly Pool<StateConnection> _readers;
    private readonly EventLog _events;
    private readonly RequestCounters _requests;
    private readonly StoreIdentity _identity;
    private readonly TemporaryHold? _hold;
    private bool _isClosed;

    private SqliteStateStore(StoreFolder folder, RootKey rootKey, StateConnection writer, LostChanges? lost, bool isTemporary)
    {
        _folder = folder;
        _writer = writer;
        RootKey = rootKey;
        LostChanges = lost;
        IsTemporary = isTemporary;
        Properties = writer.Store.Read();
        _readers = new Pool<StateConnection>(() => StateConnection.OpenReader(folder.StateFile, rootKey.Rows));
        _version = new StateVersion(folder.StateFile);
        _requests = new RequestCounters(folder);
        try
        {
            _hold = isTemporary ? TemporaryHold.Take(folder.Path) : null;
            _identity = new StoreIdentity(folder);
            _events = new EventLog(folder, EventConversion.SegmentsOf(folder, Properties, isTemporary), this);
        }
        catch
        {
            _hold?.Dispose();
            _version.Dispose();
            _readers.Dispose();
            throw;
        }

        if (isTemporary)
        {
            AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        }
    }

    public string Folder => _folder.Path;

    public bool IsTemporary { get; }

    public StateStoreProperties Properties { get; }

    public RootKey RootKey { get; }

    public LostChanges? LostChanges { get; }

    public IEventLog Events => _events;

    public IRequestCounters Requests => _requests;

    public static SqliteStateStore Open(StateStoreOptions options)
    {
        StoreFolder folder = new(options.Folder);
        RootKey? rootKey = null;
        StateConnection? writer = null;
        lock (s_opening)
        {
            try
            {
                writer = OpenState(folder, options, out rootKey, out LostChanges? lost);
                SqliteStateStore store = new(folder, rootKey, writer, lost, options.Temporary);
                writer = null;
                rootKey = null;
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
                rootKey?.Dispose();
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
            _version.BeginWrite();
            isBegun = true;
            return new StateTransaction(_writer, _version, _events, EndTransaction);
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

    public StoreFileVerification VerifyFiles(Action<StoreFinding> found) => new FileVerifier(_folder, RootKey, found).Run();

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

        RootKey.Dispose();
        if (IsTemporary)
        {
            _hold?.Dispose();
            _folder.Delete();
        }
    }

    private static StateConnection OpenState(
        StoreFolder folder, StateStoreOptions options, out RootKey rootKey, out LostChanges? lost)
    {
        StorePrivacy.Require(folder);
        StoreBirth.Ensure(folder, options, s_busyLimit);

        // Before state.db is opened with its log: a store that is refused remains unchanged.
        RootKey read = folder.ReadRootKey();
        StateConnection? writer = null;
        try
        {
            writer = StateConnection.OpenWriter(folder.StateFile, s_busyLimit);
            if (Schema.IsEmpty(writer.Database))
            {
                throw folder.Incomplete(folder.FindParts());
            }

            folder.RequireRootKey(writer, read);
            writer.Database.AuthenticateRows(read.Rows);
            lost = FindLost(folder, writer, options);
            EventConversion conversion = new(folder, writer.Database);
            EarlierState earlier = new(folder);
            writer.Upgrade(s_busyLimit, script =>
            {
                earlier.Keep();
                conversion.Before(script);
            });
            conversion.Conclude();
            earlier.Drop();
            RequireOptions(folder, writer.Store.Read(), options);
            writer.Database.KeepLog(false);
            rootKey = read;
            return writer;
        }
        catch
        {
            read.Dispose();
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

    private static void RequireOptions(StoreFolder folder, StateStoreProperties stored, StateStoreOptions options)
    {
        if (options.AccountId is { } accountId && accountId != stored.AccountId)
        {
            throw Disagreement(folder, $"is of account {stored.AccountId}, not {accountId}");
        }

        if (options.Region is { } region && region != stored.Region)
        {
            throw Disagreement(folder, $"is of Region {stored.Region}, not {region}");
        }

        if (options.AwsManagedKeyRotationPeriodInDays is int period && period != stored.AwsManagedKeyRotationPeriodInDays)
        {
            throw Disagreement(folder, $"rotates AWS managed keys every {stored.AwsManagedKeyRotationPeriodInDays} days, not {period}");
        }

        if (options.SimulatedClock is bool simulated && simulated != stored.IsSimulatedClock)
        {
            throw Disagreement(
                folder,
                stored.IsSimulatedClock ? "has a simulated clock, not the real one" : "has the real clock, not a simulated one");
        }
    }

    private static StateStoreException Disagreement(StoreFolder folder, string what) => new(
        $"The store '{folder.Path}' {what}. This is fixed when a store is created. Leave the option out, or choose another folder.");

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
