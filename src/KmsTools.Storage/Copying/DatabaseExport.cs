using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Backups;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Copying;

/// <summary>What a copy of a shared store is made of.</summary>
/// <param name="Connections">The connections to the database.</param>
/// <param name="Keys">Its root key.</param>
/// <param name="Rows">What authenticates its rows.</param>
/// <param name="Properties">What was fixed when it was created.</param>
/// <param name="Local">The folder for what only this machine has of it.</param>
internal sealed record DatabaseSource(
    Connections Connections, RootKeyKeeper Keys, RowMac Rows, StateStoreProperties Properties, StoreFolder Local);

/// <summary>
/// Writes a shared store, as it is at one moment, as a store in a folder: every row as it is, with its MAC, each of which is verified, and
/// the events as the segments that they would be in files.
/// </summary>
internal sealed class DatabaseExport
{
    private const int MaxAttempts = 3;

    private readonly DatabaseSource _source;
    private readonly StagedFolder _folder;
    private readonly DatabaseSession _session;
    private readonly RowAuthenticator _rows;
    private readonly Action<string>? _progress;

    private DatabaseExport(DatabaseSource source, StagedFolder folder, DatabaseSession session, Action<string>? progress)
    {
        _source = source;
        _folder = folder;
        _session = session;
        _rows = new RowAuthenticator(source.Rows);
        _progress = progress;
    }

    /// <summary>Writes the store.</summary>
    /// <param name="source">The store.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="rootKey">Takes the root key, and the tokens of this machine.</param>
    /// <param name="progress">Gets what is being done; null for nothing.</param>
    /// <returns>What is in the folder.</returns>
    /// <exception cref="StateStoreException">The store is damaged, or something cannot be read or written.</exception>
    public static StoreBackupHeader Write(
        DatabaseSource source, StagedFolder folder, RootKeyCopy rootKey, Action<string>? progress)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            // A rotation may add a generation before the moment, and drop one after it: what was there before and after has all of both.
            ImmutableArray<RootKeyGeneration> generations = source.Keys.ReadGenerations(out bool isSealed);
            try
            {
                using DatabaseSession session = DatabaseSession.BeginReading(source.Connections);
                (int generation, int? former) = ReadGenerations(session);
                generations = Union(generations, source.Keys.ReadGenerations(out bool isSealedAfter));
                if (isSealed != isSealedAfter || isSealed != rootKey.IsSealed)
                {
                    throw RootKeyCopy.IsBeingSealed();
                }

                HashSet<int> held = [.. generations.Select(static generation => generation.Number)];
                if (held.Contains(generation) && (former is null || held.Contains(former.Value)))
                {
                    RootKeyContent.Use(
                        generations, seal: null, content => rootKey.AddFile(Path.GetFileName(folder.Files.RootKeyFile), content));
                    StoreBackupHeader header = new DatabaseExport(source, folder, session, progress).Write(generation, isSealed);
                    StoreSnapshot.AddTokens(source.Local, rootKey);
                    folder.Sync();
                    return header;
                }
            }
            finally
            {
                foreach (RootKeyGeneration generation in generations)
                {
                    generation.Dispose();
                }
            }
        }

        throw new StateStoreException(
            $"This machine does not have the generation of the root key that the store '{source.Connections.Settings.Location}' uses. "
                + "Nothing was copied. Try again.");
    }

    private static ImmutableArray<RootKeyGeneration> Union(
        ImmutableArray<RootKeyGeneration> before, ImmutableArray<RootKeyGeneration> after)
    {
        HashSet<int> numbers = [.. before.Select(static generation => generation.Number)];
        ImmutableArray<RootKeyGeneration> all = [.. before, .. after.Where(generation => numbers.Add(generation.Number))];
        foreach (RootKeyGeneration same in after.Except(all))
        {
            same.Dispose();
        }

        return all;
    }

    private static (int Generation, int? Former) ReadGenerations(DatabaseSession session) => session.Read(
        "SELECT generation, former_generation FROM root_key WHERE id = 1",
        null,
        static reader => (checked((int)reader.GetInt64(0)), reader.IsDBNull(1) ? (int?)null : checked((int)reader.GetInt64(1)))).First();

    private StoreBackupHeader Write(int generation, bool isSealed)
    {
        StoreFolder.CreateFile(_folder.Files.StateFile);
        using (Database state = new(_folder.Files.StateFile))
        {
            WriteState(state);
        }

        StoreFolder.Sync(_folder.Files.StateFile);
        _progress?.Invoke("Copying events");
        byte[] heads = WriteEvents();
        WriteLastUses();
        return new StoreBackupHeader
        {
            StoreId = _source.Properties.InstallationId,
            AccountId = _source.Properties.AccountId.ToString(),
            Region = _source.Properties.Region.ToString(),
            CreationDate = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
            NewestChange = _session.ReadNumber("SELECT coalesce(max(number), 0) FROM commits"),
            Keys = _session.ReadNumber("SELECT count(*) FROM keys"),
            RootKeyGeneration = generation,
            IsSealed = isSealed,
            EventLogHead = Convert.ToHexStringLower(heads),
        };
    }

    // Nobody else has the file, and it is thrown away if this does not end: it needs no log.
    private void WriteState(Database state)
    {
        Schema.State.Upgrade(state, TimeSpan.Zero);
        state.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; BEGIN");
        foreach (TableShape table in StateTables.List(state).Where(static table => !StateTables.IsCounted(table)))
        {
            _progress?.Invoke($"Copying records ({table.Name})");
            StateTables.Write(state, table, Verified(table));
        }

        state.Execute("COMMIT");
    }

    private IEnumerable<object[]> Verified(TableShape table)
    {
        foreach (object[] row in _session.Read(table))
        {
            table.RequireAuthentic(row, _rows);
            yield return row;
        }
    }

    private byte[] WriteEvents()
    {
        SegmentFolder files = new(_folder.Files.SegmentsFolder, _source.Properties.InstallationId, isDurable: true);
        using IncrementalHash heads = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<CatalogueEntry> entries = [];
        files.Create();
        foreach (SegmentRow segment in EventRows.ListSegments(_session, _rows))
        {
            int number = checked((int)segment.Number);
            ChainPosition start = new(segment.Header.Length, segment.Header[^Frame.HashSize..]);
            entries.Add(SegmentProgress.Start(number, start).Entry(CatalogueEvent.Born));
            if (!EventRows.IsDropped(segment))
            {
                using BufferedStream file = new(
                    _folder.Create([Path.GetFileName(files.Path), Path.GetFileName(files.FileOf(number))]), 256 * 1024);
                file.Write(segment.Header);
                EventRows.ReadChain(_session, segment, record => file.Write(record));
                file.Flush();
                heads.AppendData(segment.Head);
            }

            if (HowItEnded(segment) is { } ended)
            {
                entries.Add(new CatalogueEntry(
                    ended, DateTime.UtcNow.Ticks, number, segment.Events, segment.FirstTime, segment.LastTime, segment.Size, segment.Head));
            }
        }

        new Catalogue(files).Append([.. entries]);
        return heads.GetHashAndReset();
    }

    private static CatalogueEvent? HowItEnded(SegmentRow segment) => segment.Status switch
    {
        SegmentRow.Open => null,
        SegmentRow.Sealed => CatalogueEvent.Sealed,
        SegmentRow.Broken => CatalogueEvent.Broken,
        _ => CatalogueEvent.Dropped,
    };

    private void WriteLastUses()
    {
        StoreFolder.CreateFile(_folder.Files.EventsFile);
        using EventIndexConnection index = EventIndexConnection.OpenWriter(_folder.Files.EventsFile, StateFile.RecoveryLimit);
        index.Database.WaitForLocks(StateFile.RecoveryLimit);
        TableShape there = StateTables.List(index.Database).Single(static table => table.Name == EventRows.LastUses.Name);
        index.Database.Execute("BEGIN");
        StateTables.Write(index.Database, there, Verified(EventRows.LastUses).Select(row => row[..there.Columns.Length]));
        index.Database.Execute("COMMIT");
        index.Database.EmptyLog();
    }
}
