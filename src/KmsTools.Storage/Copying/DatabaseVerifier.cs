using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Copying;

/// <summary>Verifies the database of a shared store, as it is at one moment, and the root key of this machine.</summary>
/// <param name="source">The store.</param>
/// <param name="found">Gets each finding as soon as it is found.</param>
internal sealed class DatabaseVerifier(DatabaseSource source, Action<StoreFinding> found)
{
    /// <summary>Verifies everything but the events.</summary>
    public StoreFileVerification Run()
    {
        Try("root_key", VerifyRootKey);
        long records = 0;
        long newest = 0;
        long logged = 0;
        Try(source.Connections.Settings.Location, () =>
        {
            using DatabaseSession session = DatabaseSession.BeginReading(source.Connections);
            newest = session.ReadNumber("SELECT coalesce(max(number), 0) FROM commits");
            logged = ReadLogged(session);
            if (logged > newest)
            {
                found(new StoreFinding(
                    StoreFindingKind.CHANGES_LOST,
                    "commits",
                    $"The event log has events of changes up to {logged}, and table 'commits' ends with change {newest}.")
                {
                    Table = "commits",
                });
            }

            VerifyCommits(session, newest);
            foreach (string difference in DatabaseProgram.FindDifferences(session))
            {
                found(new StoreFinding(
                    StoreFindingKind.FILE_DAMAGED,
                    source.Connections.Settings.Location,
                    $"The database {difference} Another program changed it, and may have changed records by it."));
            }

            foreach ((string table, string parent) in DatabaseRecords.ListOrphans(session))
            {
                found(RecordFindings.FindOrphan(table, parent));
            }

            foreach ((string name, long counted, long present) in DatabaseRecords.ListWrongCounts(session))
            {
                found(RecordFindings.Find(name, counted, present));
            }

            records = DatabaseRecords.Verify(session, new RowAuthenticator(source.Rows), found);
        });
        return new StoreFileVerification(records, newest, logged);
    }

    // The content, not the key that this process has read from it: the next process needs it.
    private void VerifyRootKey()
    {
        using PostgreSqlConnection connection = PostgreSqlConnection.Open(source.Connections, source.Rows);
        source.Keys.Require(connection);
    }

    // The newest event of each segment is that of its newest commit.
    private static long ReadLogged(DatabaseSession session)
    {
        const string newest =
            """
            SELECT events.body FROM event_segments JOIN LATERAL (
                SELECT body FROM events WHERE segment = event_segments.number ORDER BY position DESC LIMIT 1) AS events ON true
            """;
        return session.Read(newest, null, static reader => reader.GetFieldValue<byte[]>(0))
            .Where(static body => body.Length >= 3 * sizeof(long))
            .Select(static body => EventCodec.ReadCommit(body)).DefaultIfEmpty().Max();
    }

    private void VerifyCommits(DatabaseSession session, long newest)
    {
        if (newest == 0 && session.ReadNumber("SELECT count(*) FROM keys") > 0)
        {
            found(new StoreFinding(
                StoreFindingKind.RECORDS_MISSING, "commits", "There are keys, and table 'commits' has no change that made them.")
            {
                Table = "commits",
            });
        }
    }

    private void Try(string subject, Action verify)
    {
        try
        {
            verify();
        }
        catch (Exception exception) when (exception is StateStoreException or IOException or UnauthorizedAccessException)
        {
            found(new StoreFinding(StoreFindingKind.FILE_DAMAGED, subject, exception.Message));
        }
    }
}
