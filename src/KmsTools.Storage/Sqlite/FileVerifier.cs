using System.Globalization;
using System.Text.RegularExpressions;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>Verifies the files of a store: of an open one with separate connections, of others with those that examine it.</summary>
internal sealed partial class FileVerifier(StoreFolder folder, Action<StoreFinding> found)
{
    private const string MadeAgain =
        "End all processes that use the store and delete the file: it is made again when the store is next opened.";

    /// <summary>Whether there is an index of the events. One that is missing is made again.</summary>
    public bool HasIndex => File.Exists(folder.EventsFile) && new FileInfo(folder.EventsFile).Length > 0;

    /// <summary>Verifies all files of a store that this process has open.</summary>
    /// <param name="keys">Its root key.</param>
    /// <param name="rows">What authenticates its rows.</param>
    public StoreFileVerification Run(RootKeyKeeper keys, RowMac rows)
    {
        // The file, not the key that this process has read from it: the next process needs the file.
        Try(folder.RootKeyFile, () =>
        {
            using StateFile state = StateFile.OpenReader(folder.StateFile, rows);
            keys.Require(state);
        });
        StoreFileVerification result = new(0, 0, 0);
        Try(folder.StateFile, () =>
        {
            using StateFile state = StateFile.OpenReader(folder.StateFile, rows);

            // Before the state is fixed by the first read of it: it may grow in the meantime, and is never behind what was read of the
            // log before.
            long logged = LostCommits.ReadLogged(folder, state);
            state.Database.Begin();
            try
            {
                result = VerifyState(state, logged, hasSchema: true, hasRowMacs: true);
            }
            finally
            {
                state.Database.RollBack();
            }
        });
        if (HasIndex)
        {
            TryIndex(() =>
            {
                using Database index = new(folder.EventsFile);
                index.WaitForLocks(StateFile.RecoveryLimit);
                VerifyIndex(index);
            });
            TryIndex(() =>
            {
                using StateFile state = StateFile.OpenReader(folder.StateFile, rows);
                using EventIndexConnection index = EventIndexConnection.OpenReader(folder.EventsFile, StateFile.RecoveryLimit);
                CompareIndex(LostCommits.SegmentsOf(folder, state), index);
            });
        }

        return result;
    }

    /// <summary>Verifies the state. Each part goes on whatever the one before has met.</summary>
    /// <param name="state">A connection in a transaction.</param>
    /// <param name="logged">The newest change whose event is in the log.</param>
    /// <param name="hasSchema">Whether it has the newest version of the schema.</param>
    /// <param name="hasRowMacs">Whether the connection has what authenticates rows.</param>
    public StoreFileVerification VerifyState(StateFile state, long logged, bool hasSchema, bool hasRowMacs)
    {
        long newest = 0;
        long records = 0;
        Try(folder.StateFile, () =>
        {
            newest = state.Commits.ReadNewest();
            if (logged > newest)
            {
                AddLost(new LostChanges(newest, logged));
            }
        });
        Try(folder.StateFile, () => RequireIntegrity(state.Database, "Restore the folder of the store from a backup."));
        Try(folder.StateFile, () => VerifyReferences(state.Database));
        if (hasSchema)
        {
            Try(folder.StateFile, () => RequireSchema(Schema.State, state.Database));
            Try(folder.StateFile, () => VerifyCounts(state.Database));
        }

        if (hasRowMacs)
        {
            Try(folder.StateFile, () => records = new AuthenticatedTables(state.Database).Verify(Add));
        }

        return new StoreFileVerification(records, newest, logged);
    }

    /// <summary>Verifies the index of the events for itself.</summary>
    public void VerifyIndex(Database index)
    {
        RequireIntegrity(index, MadeAgain);
        RequireSchema(Schema.Events, index);
    }

    /// <summary>Compares the index with the events.</summary>
    public void CompareIndex(SegmentFolder segments, EventIndexConnection index)
    {
        foreach (string fault in new EventIndexVerifier(segments, new Catalogue(segments), index).Run())
        {
            AddFile(folder.EventsFile, $"is not what the event log says. {fault} {MadeAgain}");
        }
    }

    /// <summary>Verifies a part; what cannot be read is a finding.</summary>
    public void Try(string file, Action verify)
    {
        try
        {
            verify();
        }
        catch (Exception exception) when (exception is StateStoreException or IOException or InvalidDataException
            or UnauthorizedAccessException)
        {
            Add(file, exception.Message);
        }
    }

    /// <summary>Verifies a part of the index of the events, which is made again where it is damaged.</summary>
    public void TryIndex(Action verify) => Try(folder.EventsFile, () =>
    {
        try
        {
            verify();
        }
        catch (StateStoreException exception) when (exception is { IsDamage: true, InnerException: SqliteError })
        {
            AddFile(folder.EventsFile, $"is damaged. {MadeAgain}");
        }
    });

    /// <summary>Adds a finding about a file.</summary>
    public void Add(string file, string message) =>
        found(new StoreFinding(StoreFindingKind.FILE_DAMAGED, Path.GetFileName(file), message) { Path = file });

    private static string TreeOf(Database database, Match match)
    {
        long root = long.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
        try
        {
            return database
                .ReadAll($"SELECT type || ' ''' || name || ''',' FROM sqlite_schema WHERE rootpage = {root}", static row => row.Text())
                .FirstOrDefault(match.Value);
        }
        catch (StateStoreException)
        {
            return match.Value;
        }
    }

    // In one line, without a heading. What only a damaged page refers to seems unused.
    private static string Condense(string fault)
    {
        string[] lines =
        [
            .. fault.Split('\n').Where(static line => line.Length > 0 && !line.StartsWith("*** in", StringComparison.Ordinal)),
        ];
        string[] telling = [.. lines.Where(static line => !line.EndsWith(": never used", StringComparison.Ordinal))];
        return string.Join("; ", telling.Length > 0 ? telling : lines);
    }

    [GeneratedRegex(@"\bTree ([0-9]+)\b")]
    private static partial Regex Tree();

    // What SQLite says, with the name of a table or an index in place of the number of its first page.
    private void RequireIntegrity(Database database, string advice)
    {
        List<string> faults = [];
        try
        {
            // One by one: a page may also end the check.
            database.ReadAll("PRAGMA integrity_check", row =>
            {
                faults.Add(row.Text());
                return true;
            });
        }
        finally
        {
            foreach (string fault in faults.Where(static fault => fault != "ok"))
            {
                AddFile(database.Path, $"is damaged: {Tree().Replace(Condense(fault), match => TreeOf(database, match))}. {advice}");
            }
        }
    }

    private void RequireSchema(Schema schema, Database database)
    {
        foreach (string difference in schema.FindDifferences(database))
        {
            AddFile(database.Path, $"{difference} Another program changed it, and may have changed records by it.");
        }
    }

    private void VerifyReferences(Database database)
    {
        foreach ((string table, string parent) in database.ReadAll(
            "SELECT \"table\", parent FROM pragma_foreign_key_check", static row => (row.Text(0), row.Text(1))))
        {
            Add(RecordFindings.FindOrphan(table, parent));
        }
    }

    private void VerifyCounts(Database database)
    {
        foreach ((string name, long counted, long present) in database.ReadAll(
            RecordFindings.WrongCounts, static row => (row.Text(0), row.Number(1), row.Number(2))))
        {
            Add(RecordFindings.Find(name, counted, present));
        }
    }

    private void Add(StoreFinding finding) =>
        found(finding.Kind == StoreFindingKind.RECORD_CHANGED ? finding : finding with { Path = folder.StateFile });

    private void AddFile(string file, string fault) => Add(file, $"'{Path.GetFileName(file)}' {fault}");

    private void AddLost(LostChanges lost) => found(new StoreFinding(
        StoreFindingKind.CHANGES_LOST,
        Path.GetFileName(folder.StateFile),
        $"The event log has events of changes up to {lost.Logged}, and 'state.db' ends with change {lost.Kept}.")
    {
        Path = folder.StateFile,
    });
}
