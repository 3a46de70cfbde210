using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.PostgreSql;

/// <content>Opens a shared store, which is made if the database has the tables of a store and none in them.</content>
internal sealed partial class PostgreSqlStateStore
{
    private PostgreSqlStateStore(Connections connections, SharedRootKeys keys, StateStoreOptions options)
    {
        _connections = connections;
        _keys = keys;
        StoreFolder folder = new(options.Folder);
        Folder = folder.Path;
        using PostgreSqlConnection opening = PostgreSqlConnection.Open(connections, rows: null);
        Secrets = ReadSecrets(opening);
        try
        {
            opening.Database.AuthenticateRows(Secrets.Rows);
            Properties = opening.Store.Read();
            FixedOptions.Require(Location, Properties, options);
            connections.Identity.Know(Properties.InstallationId, RootKey);
            CommitRows commits = new(opening.Database);
            string identity = $"{commits.ReadDatabaseId()} {Properties.InstallationId}";
            CommitMark? seen = SeenCommit.Read(Folder, identity);
            LostChanges = SeenCommit.FindLost(seen, commits);
            if (LostChanges is { } lost && !options.AcceptLostChanges)
            {
                throw PostgreSqlVersion.Refusal(Location, lost);
            }

            CommitMark newest = commits.ReadNewest();
            _version = new PostgreSqlVersion(newest, Location);
            Keys.Follow(opening.RootKeys.Read());
            opening.Database.LookAtClock();
            folder.Create();
            _writer = PostgreSqlConnection.Open(connections, Secrets.Rows);
            _turn = new WriterTurn(_writer, Location, s_busyLimit);
            _known = new KnownRows(_writer);
            _readers = new Pool<StateConnection>(() => PostgreSqlConnection.Open(connections, Secrets.Rows));
            _requests = new PostgreSqlRequestCounters(connections);
            _events = new PostgreSqlEventLog(
                connections,
                _version,
                Properties.InstallationId,
                Secrets.Rows,
                () => Read(static connection => connection.Store.ReadEventLog()),
                options.EventSink);
            _seen = new SeenCommit(Folder, identity, seen, LostChanges is null ? null : newest, () => _version.Newest);
        }
        catch
        {
            _requests?.Dispose();
            _readers?.Dispose();
            Secrets.Dispose();
            throw;
        }

        keys.Watch(DropFormerRootKeys);
        RootKey.KeepOnlySubkeys();
    }

    /// <summary>Opens a store.</summary>
    /// <exception cref="StateStoreException">It cannot be opened; the message says why.</exception>
    public static PostgreSqlStateStore Open(StateStoreOptions options)
    {
        Connections connections = new(options.Shared!);
        SharedRootKeys? keys = null;
        try
        {
            PostgreSqlSchema.Require(connections);
            keys = SharedRootKeys.Open(connections, options, s_busyLimit);
            PostgreSqlStateStore store = new(connections, keys, options);
            store.DropWhatWasLeft(keys);
            return store;
        }
        catch (Exception exception)
        {
            keys?.Dispose();
            connections.Dispose();
            throw exception is IOException or UnauthorizedAccessException
                ? new StateStoreException(
                    $"The folder '{options.Folder}', for what only this machine has, cannot be used: {exception.Message} Check who owns it "
                        + "and its permissions.",
                    exception)
                : exception;
        }
    }

    private StoreSecrets ReadSecrets(PostgreSqlConnection opening)
    {
        Keys.RequireOf(opening.Store);
        try
        {
            return opening.StoreSecrets.Read(RootKey);
        }
        catch (CryptographicException exception)
        {
            throw new StateStoreException(
                $"The database '{Location}' is damaged: what the tokens and ciphertexts of the store depend on cannot be read. Restore it from "
                    + "a backup.",
                exception);
        }
    }

    // A process died between the end of a rotation, or of sealing, and that.
    private void DropWhatWasLeft(SharedRootKeys keys)
    {
        try
        {
            if (RootKey.Held.Length > 1)
            {
                DropFormerRootKeys();
            }

            if (keys.Keeper.HasLeftovers)
            {
                ForgetFormerRootKeyFile();
            }
        }
        catch (StateStoreException)
        {
            // It must not keep the store from being opened. The next process does it.
        }
    }
}
