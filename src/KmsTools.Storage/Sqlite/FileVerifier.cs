using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>Verifies the files of a store, with separate connections.</summary>
internal sealed class FileVerifier(StoreFolder folder, RootKeyKeeper keys, RowMac rows, Action<StoreFinding> found)
{
    /// <summary>Verifies all files.</summary>
    public StoreFileVerification Run()
    {
        Try(folder.RootKeyFile, VerifyRootKey);
        long records = 0;
        long newest = 0;
        long logged = 0;
        Try(folder.StateFile, () =>
        {
            using StateFile state = StateFile.OpenReader(folder.StateFile, rows);

            // Before the state is fixed by the first read of it: it may grow in the meantime, and is never behind what was read of the
            // log before.
            logged = LostCommits.ReadLogged(folder, state);
            state.Database.Begin();
            try
            {
                newest = state.Commits.ReadNewest();
                if (logged > newest)
                {
                    AddLost(new LostChanges(newest, logged));
                }

                RequireIntegrity(state.Database);
                RequireSchema(Schema.State, state.Database);
                records = VerifyRecords(state.Database);
            }
            finally
            {
                state.Database.RollBack();
            }
        });
        if (File.Exists(folder.EventsFile) && new FileInfo(folder.EventsFile).Length > 0)
        {
            Try(folder.EventsFile, () =>
            {
                using Database index = new(folder.EventsFile);
                index.WaitForLocks(StateFile.RecoveryLimit);
                RequireIntegrity(index);
                RequireSchema(Schema.Events, index);
            });
            Try(folder.EventsFile, CompareIndex);
        }

        return new StoreFileVerification(records, newest, logged);
    }

    // The file, not the key that this process has read from it: the next process needs the file.
    private void VerifyRootKey()
    {
        using StateFile state = StateFile.OpenReader(folder.StateFile, rows);
        keys.Require(state);
    }

    private void CompareIndex()
    {
        using StateFile state = StateFile.OpenReader(folder.StateFile, rows);
        SegmentFolder segments = LostCommits.SegmentsOf(folder, state);
        using EventIndexConnection index = EventIndexConnection.OpenReader(folder.EventsFile, StateFile.RecoveryLimit);
        foreach (string fault in new EventIndexVerifier(segments, new Catalogue(segments), index).Run())
        {
            AddFile(
                folder.EventsFile,
                $"is not what the event log says. {fault} End all processes that use the store and delete the file: it is made again when "
                    + "the store is next opened.");
        }
    }

    private void RequireIntegrity(Database database)
    {
        foreach (string fault in database.ReadAll("PRAGMA integrity_check", static row => row.Text()))
        {
            if (fault != "ok")
            {
                AddFile(database.Path, $"is damaged: {fault}");
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

    private long VerifyRecords(Database database)
    {
        foreach ((string table, string parent) in database.ReadAll(
            "SELECT \"table\", parent FROM pragma_foreign_key_check", static row => (row.Text(0), row.Text(1))))
        {
            found(RecordFindings.FindOrphan(table, parent) with { Path = folder.StateFile });
        }

        foreach ((string name, long counted, long present) in database.ReadAll(
            RecordFindings.WrongCounts, static row => (row.Text(0), row.Number(1), row.Number(2))))
        {
            found(RecordFindings.Find(name, counted, present) with { Path = folder.StateFile });
        }

        AuthenticatedTables tables = new(database);
        foreach (StoreDamage damage in tables.FindDamage())
        {
            found(RecordFindings.FindChanged(damage.Table, damage.Key));
        }

        return tables.Count();
    }

    private void Try(string file, Action verify)
    {
        try
        {
            verify();
        }
        catch (Exception exception) when (exception is StateStoreException or IOException or InvalidDataException
            or UnauthorizedAccessException)
        {
            found(new StoreFinding(StoreFindingKind.FILE_DAMAGED, Path.GetFileName(file), exception.Message) { Path = file });
        }
    }

    private void AddFile(string file, string fault) => found(
        new StoreFinding(StoreFindingKind.FILE_DAMAGED, Path.GetFileName(file), $"'{Path.GetFileName(file)}' {fault}") { Path = file });

    private void AddLost(LostChanges lost) => found(new StoreFinding(
        StoreFindingKind.CHANGES_LOST,
        Path.GetFileName(folder.StateFile),
        $"The event log has events of changes up to {lost.Logged}, and 'state.db' ends with change {lost.Kept}.")
    {
        Path = folder.StateFile,
    });
}
