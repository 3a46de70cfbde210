using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Backups;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Sql;
using KmsTools.Storage.Sqlite;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Copying;

/// <summary>
/// Brings a store that is in a folder, and that no process has open, into an initialized database without a store: all of it in one
/// transaction, in which all is read again and verified before it is committed. The root key is in the file of this machine before that, or
/// sealed in the database.
/// </summary>
internal sealed class DatabaseImport : IDisposable
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    private readonly StateStoreOptions _options;
    private readonly Connections _connections;
    private readonly Action<string>? _progress;

    private DatabaseImport(StateStoreOptions options, Connections connections, Action<string>? progress)
    {
        _options = options;
        _connections = connections;
        _progress = progress;
    }

    /// <summary>The database, for people.</summary>
    public string Location => _connections.Settings.Location;

    /// <summary>Connects to the database, and refuses one that has a store.</summary>
    /// <param name="options">The database, and the files of this machine.</param>
    /// <param name="progress">Gets what is being done; null for nothing.</param>
    /// <exception cref="StateStoreException">It has a store, is not initialized, or cannot be reached.</exception>
    public static DatabaseImport Begin(StateStoreOptions options, Action<string>? progress)
    {
        DatabaseImport import = new(options, new Connections(options.Shared!), progress);
        try
        {
            PostgreSqlSchema.Require(import._connections);
            using DatabaseSession session = DatabaseSession.BeginReading(import._connections);
            import.RequireEmpty(session);
            return import;
        }
        catch
        {
            import.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a root key file that cannot be made for a store that is not sealed.</summary>
    /// <exception cref="StateStoreException">None was named, or there is one.</exception>
    public RootKeyFile RequireNewRootKeyFile()
    {
        RootKeyFile file = SharedRootKeyFile.Find(_options.Shared!) ?? throw SharedRootKeyFile.IsNotNamed(Location);
        return !File.Exists(file.Path) ? file : throw new StateStoreException(
            $"'{file.Path}' exists already, and the root key of the store is to be in a new file. Nothing was copied. Name another "
                + "root key file, or move that one away.");
    }

    /// <summary>Copies the store.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="unlock">Opens its seal, if it is sealed; null for nothing.</param>
    /// <exception cref="StateStoreException">
    /// It cannot be copied. Nothing is in the database, unless the message says that it is not known.
    /// </exception>
    public StoreCopyCounts Run(StoreFolder folder, Func<Sealing.Seal, Sealing.SealKey>? unlock)
    {
        using RootKeyKeeper keys = new(new FolderRootKey(folder), unlock);
        using StateFile state = OpenState(folder, keys, out StoreSecrets secrets);
        using (secrets)
        {
            byte[] rootKey = GC.AllocateArray<byte>(RootKeyContent.MaxSize, pinned: true);
            try
            {
                if (!new RootKeyFile(folder.RootKeyFile).TryRead(rootKey, out int length))
                {
                    throw new StateStoreException($"'{folder.RootKeyFile}' is too long. Nothing was copied.");
                }

                return Run(folder, state, secrets.Rows, rootKey.AsMemory(0, length));
            }
            finally
            {
                CryptographicOperations.ZeroMemory(rootKey);
            }
        }
    }

    public void Dispose() => _connections.Dispose();

    private static StateFile OpenState(StoreFolder folder, RootKeyKeeper keys, out StoreSecrets secrets)
    {
        using (Database plain = new(folder.StateFile))
        {
            Schema.State.RequireKnown(plain);
        }

        StateFile writer = StateFile.OpenWriter(folder.StateFile, s_busyLimit);
        try
        {
            keys.RequireOf(writer.Store);
            secrets = StoredSecrets.Read(folder, writer, keys.RootKey);
            writer.Database.AuthenticateRows(secrets.Rows);
            writer.Database.KeepLog(false);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private StoreCopyCounts Run(StoreFolder folder, StateFile state, RowMac mac, ReadOnlyMemory<byte> rootKey)
    {
        RootKeyFile? file = SealedRootKey.IsSealed(rootKey.Span) ? null : RequireNewRootKeyFile();
        RowAuthenticator rows = new(mac);
        bool isMade = false;
        try
        {
            using DatabaseSession session = DatabaseSession.BeginWriting(_connections);
            RequireEmpty(session);
            StoreCopyCounts counts = Write(session, folder, state.Database, rows);
            CopyTokens(folder);
            if (file is null)
            {
                session.Execute("INSERT INTO root_key_file (id, content) VALUES (1, @bytes)", rootKey.ToArray());
            }
            else
            {
                SharedRootKeyFile.MakeFolder(file);
                using IDisposable entered = SharedRootKeyFile.Enter(file, s_busyLimit);
                SharedRootKeyFile.Make(file, rootKey.Span);
                isMade = true;
            }

            _progress?.Invoke("Saving the copy");
            session.Commit();
            return counts;
        }
        catch (UnknownOutcomeException exception)
        {
            string kept = file is null ? "" : $" The root key is in '{file.Path}', which is needed if it is.";
            throw new StateStoreException(
                $"{exception.Message} It is not known whether the copy is in the database: look whether there is a store.{kept}",
                exception)
            {
                Reason = exception.Cause.Reason,
                SharedFault = exception.Cause.SharedFault,
            };
        }
        catch when (isMade)
        {
            file!.Remove();
            throw;
        }
    }

    private StoreCopyCounts Write(DatabaseSession session, StoreFolder folder, Database state, RowAuthenticator rows)
    {
        // A row that is changed once for each key would take longer each time: the counts themselves are copied.
        session.Execute("SET LOCAL kmstools.copying = 'on'");
        ImmutableArray<TableShape> tables = StateTables.List(state);
        Dictionary<string, long> written = [];
        state.Begin();
        try
        {
            foreach (TableShape table in tables)
            {
                _progress?.Invoke($"Copying records ({table.Name})");
                if (table.Name is "authorization_revision")
                {
                    session.Execute($"DELETE FROM {table.Name}");
                }

                written[table.Name] = session.Write(table, Verified(state, table, rows));
            }
        }
        finally
        {
            state.RollBack();
        }

        _progress?.Invoke("Copying events");
        EventImport events = new(session, folder, ReadStoreId(state), rows);
        events.Write(new CommitsTable(state).ListEvents());
        return Verify(session, tables, written, events, rows);
    }

    // What is read is what was written, row by row; and what was written is what the numbers say.
    private StoreCopyCounts Verify(
        DatabaseSession session, ImmutableArray<TableShape> tables, Dictionary<string, long> written, EventImport events,
        RowAuthenticator rows)
    {
        long records = 0;
        foreach (TableShape table in tables)
        {
            _progress?.Invoke($"Verifying records ({table.Name})");
            long count = 0;
            foreach (object[] row in session.Read(table))
            {
                table.RequireAuthentic(row, rows);
                count++;
            }

            if (count != written[table.Name])
            {
                throw new StateStoreException(
                    $"There are {count} records in table '{table.Name}' of the database, and {written[table.Name]} were copied. "
                        + "Nothing was saved.");
            }

            records += table.IsAuthenticated ? count : 0;
        }

        foreach ((string name, long counted, long present) in DatabaseRecords.ListWrongCounts(session))
        {
            throw new StateStoreException($"{RecordFindings.Describe(name, counted, present)} Nothing was copied. Verify the store.");
        }

        _progress?.Invoke("Verifying events");
        return new StoreCopyCounts(written["keys"], records, events.Verify());
    }

    private static IEnumerable<object[]> Verified(Database state, TableShape table, RowAuthenticator rows)
    {
        foreach (object[] row in StateTables.Read(state, table))
        {
            table.RequireAuthentic(row, rows);
            if (table.Name == "commits")
            {
                // Their events are in the log, or the copy is refused.
                Clear(table, row, "segment");
                Clear(table, row, "events");
            }

            yield return row;
        }
    }

    private static void Clear(TableShape table, object[] row, string column) => row[table.Find(column)] = DBNull.Value;

    private static string ReadStoreId(Database state) => state.ReadText("SELECT installation_id FROM store");

    private void RequireEmpty(DatabaseSession session)
    {
        const string any =
            """
            SELECT count(*) FROM (
                (SELECT 1 FROM store LIMIT 1) UNION ALL (SELECT 1 FROM keys LIMIT 1) UNION ALL (SELECT 1 FROM root_key_file LIMIT 1)
                UNION ALL (SELECT 1 FROM store_secrets LIMIT 1) UNION ALL (SELECT 1 FROM event_segments LIMIT 1)
                UNION ALL (SELECT 1 FROM events LIMIT 1) UNION ALL (SELECT 1 FROM commits LIMIT 1)) AS rows
            """;
        if (session.ReadNumber(any) > 0)
        {
            throw new StateStoreException(
                $"There is a store in the database '{Location}' already. Nothing was copied. Choose another database, or another schema "
                    + "of it (Search Path=...).");
        }
    }

    // Each copy has an ID of its own: what is there already is the same.
    private void CopyTokens(StoreFolder folder)
    {
        StoreFolder local = new(_options.Folder);
        LocalTokens tokens = new(local);
        StoreSnapshot.AddTokens(folder, tokens);
    }
}
