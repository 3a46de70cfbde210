using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Sqlite;

/// <content>Opens a store: looks at its folder, creates or upgrades its state, and refuses it unchanged where something is wrong.</content>
internal sealed partial class SqliteStateStore
{
    // Two threads that create the same folder at the same time would conflict between the creation of a file and its first lock.
    private static readonly Lock s_opening = new();

    public static SqliteStateStore Open(StateStoreOptions options)
    {
        StoreFolder folder = new(options.Folder);
        RootKeyKeeper? keys = null;
        StoreSecrets? secrets = null;
        StateFile? writer = null;
        SqliteStateStore? opened = null;
        lock (s_opening)
        {
            try
            {
                writer = OpenState(folder, options, out keys, out secrets, out Losses lost);
                opened = new SqliteStateStore(folder, keys, secrets, writer, lost, options);
                writer = null;
                secrets = null;
                keys = null;
                opened.DropWhatWasLeft();
                if (options.Temporary)
                {
                    TemporaryHold.DeleteAbandoned(folder.Path);
                }

                SqliteStateStore store = opened;
                opened = null;
                return store;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new StateStoreException(
                    $"The folder '{folder.Path}' cannot be used: {exception.Message} Check who owns it and its permissions.", exception);
            }
            finally
            {
                opened?.Dispose();
                writer?.Dispose();
                secrets?.Dispose();
                keys?.Dispose();
            }
        }
    }

    private static StateFile OpenState(
        StoreFolder folder, StateStoreOptions options, out RootKeyKeeper keys, out StoreSecrets secrets, out Losses lost)
    {
        StorePrivacy.Require(folder);
        StoreBirth.Ensure(folder, options, s_busyLimit);

        // Before state.db is opened with its log: a store that is refused remains unchanged.
        RootKeyKeeper read = new(new FolderRootKey(folder), options.Unlock);
        StoreSecrets? secretsRead = null;
        StateFile? writer = null;
        try
        {
            writer = StateFile.OpenWriter(folder.StateFile, s_busyLimit);
            if (Schema.IsEmpty(writer.Database))
            {
                throw folder.Incomplete(folder.FindParts());
            }

            read.RequireOf(writer.Store);
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
            FixedOptions.Require(folder.Path, writer.Store.Read(), options);
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
    private static Losses FindLost(StoreFolder folder, StateFile writer, StateStoreOptions options)
    {
        Losses lost = new(LostCommits.Find(folder, writer), LostLog.Find(folder, writer));
        if (!options.AcceptLostChanges)
        {
            Refuse(folder, lost);
        }

        writer.Commits.LastUsed = lost.Changes?.Logged ?? 0;
        return lost;
    }

    private static void Refuse(StoreFolder folder, Losses lost)
    {
        if (lost.Changes is { } changes)
        {
            throw LostCommits.Refusal(folder, changes);
        }

        if (lost.IsLogLost)
        {
            throw LostLog.Refusal(folder);
        }
    }

    /// <summary>What a store has lost, and was opened without.</summary>
    /// <param name="Changes">The changes that the state has lost; null if none.</param>
    /// <param name="IsLogLost">Whether the whole event log is missing.</param>
    private readonly record struct Losses(LostChanges? Changes, bool IsLogLost);

    // A process died between the end of a rotation, or of sealing, and that.
    private void DropWhatWasLeft()
    {
        try
        {
            if (RootKey.Held.Length > 1)
            {
                DropFormerRootKeys();
            }

            if (_keys.HasLeftovers)
            {
                ForgetFormerRootKeyFile();
            }
        }
        catch (StateStoreException)
        {
            // A full disk must not keep the store from being opened. The next process does it.
        }
    }
}
