using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// A store in a PostgreSQL database, which several machines share. Changes exclude each other over all of them by the lock of one row, and
/// are on the disk of the server when it answers their COMMIT.
/// </summary>
internal sealed partial class PostgreSqlStateStore : IStateStore
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    private readonly Connections _connections;
    private readonly SharedRootKeys _keys;
    private readonly PostgreSqlConnection _writer;
    private readonly WriterTurn _turn;
    private readonly KnownRows _known;
    private readonly PostgreSqlVersion _version;
    private readonly Pool<StateConnection> _readers;
    private readonly PostgreSqlEventLog _events;
    private readonly PostgreSqlRequestCounters _requests;
    private readonly SeenCommit _seen;

    public string Folder { get; }

    public string Location => _connections.Settings.Location;

    public bool IsShared => true;

    public DateTimeOffset? UtcNow => _connections.Clock.UtcNow;

    public bool IsTemporary => false;

    public StateStoreProperties Properties { get; }

    public RootKey RootKey => Keys.RootKey;

    private RootKeyKeeper Keys => _keys.Keeper;

    public StoreSecrets Secrets { get; }

    public LostChanges? LostChanges { get; }

    public IEventLog Events => _events;

    public IRequestCounters Requests => _requests;

    // What is committed is on the disk.
    public long OldestUnsyncedCommit => long.MaxValue;

    public bool IsUnsynced(StateItem item) => false;

    public Task WhenSyncedAsync() => Task.CompletedTask;

    public long ReadVersion() => Read(connection => _version.Learn(connection.Commits));

    public long ReadKnownVersion() => _version.Version;

    public RecentChanges? FindOwnChanges(long after, long version) => _version.FindOwnChanges(after, version);

    public IStateReader OpenReader() => StateReader.Open(_readers);

    public IStateReader OpenReader(DateTimeOffset moment) => StateReader.Open(_readers, moment);

    public IDisposable? EnterLock(string name, TimeSpan limit) => PostgreSqlLock.Enter(_connections, name, limit);

    public IStateTransaction BeginTransaction() => _turn.Begin(Begin);

    public void DropFormerRootKeys()
    {
        using StateTransaction transaction = _turn.Begin(Begin);
        transaction.DropFormerRootKeys();
    }

    public Seal? ReadSeal() => Keys.ReadSeal();

    public SealKey? CopySealKey() => Keys.CopySealKey();

    public void Unlock(Func<Seal, SealKey> unlock) => Keys.Unlock(unlock);

    public void ForgetFormerRootKeyFile()
    {
        using StateTransaction transaction = _turn.Begin(Begin);
        transaction.ForgetFormerRootKeyFile();
    }

    public void Probe() => Read(connection =>
    {
        connection.Database.Begin();
        try
        {
            _version.Learn(connection.Commits);
            Keys.Require(connection);
            return connection.Store.ReadSettings();
        }
        finally
        {
            connection.Database.RollBack();
        }
    });

    public void Dispose()
    {
        if (!_turn.TryClose())
        {
            return;
        }

        _keys.EndWatch();
        _seen.Dispose();
        _events.Dispose();
        _requests.Dispose();
        _readers.Dispose();
        _turn.Dispose();
        Secrets.Dispose();
        _keys.Dispose();
        _connections.Dispose();
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

    private StateTransaction Begin()
    {
        _writer.Database.BeginWrite(s_busyLimit);

        // Together with the lock, in one round trip: what others have committed before it.
        long before = _version.Version;
        bool isSame = _version.Learn(_writer.Commits) == before && _version.IsNewestOwn;
        _known.Begin(isSame);
        Keys.Follow(_known.RootKey);
        return new StateTransaction(_writer, _version, _events, Keys, _known, EndWrite);
    }

    private void EndWrite()
    {
        _turn.End();
        _seen.EndWrite();
    }
}
