using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Notices that state.db has lost changes: SQLite takes a log that was cut or damaged for one that ends there, and an older copy of
/// state.db is as whole as the newest. The event log has the events of the changes that were made, with the numbers of their commits.
/// </summary>
internal static class LostCommits
{
    /// <summary>Compares the newest commit of the state with the newest one in the event log. Changes neither.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="state">A connection to state.db, of whatever version, in no transaction.</param>
    /// <returns>What is missing; null if nothing is.</returns>
    public static LostChanges? Find(StoreFolder folder, StateFile state)
    {
        if (state.Database.ReadNumber("PRAGMA user_version") < Schema.SegmentsVersion)
        {
            return null;
        }

        LoggedCommits commits = CommitsOf(folder, state);
        return Compare(commits.Estimate(ReadIndex(folder)), state.Commits) is null ? null : Compare(commits.Read(), state.Commits);
    }

    /// <summary>The error that refuses such a store.</summary>
    public static StateStoreException Refusal(StoreFolder folder, LostChanges lost)
    {
        string changes = lost.Count == 1 ? "the newest change is" : $"the newest {lost.Count} changes are";
        return new StateStoreException(
            $"The store in '{folder.Path}' has lost changes: {changes} missing in 'state.db'. It ends with change {lost.Kept}, and the "
                + $"event log has the events of changes up to {lost.Logged}. 'state.db' or its log was damaged, cut or deleted, or is an "
                + "older copy. Nothing was changed. Restore the whole folder from a backup, or accept the loss explicitly.")
        {
            LostChanges = lost,
            Reason = "The state has lost changes.",
        };
    }

    /// <summary>The number of the newest commit by the events themselves; 0 if there is none. Reads all of them.</summary>
    public static long ReadLogged(StoreFolder folder, StateFile state) => CommitsOf(folder, state).Read();

    /// <summary>The folder of the event log.</summary>
    /// <exception cref="StateStoreException">The record about the store itself is missing.</exception>
    public static SegmentFolder SegmentsOf(StoreFolder folder, StateFile state) =>
        new(folder.SegmentsFolder, state.Store.ReadInstallationId(), isDurable: true);

    private static LoggedCommits CommitsOf(StoreFolder folder, StateFile state)
    {
        SegmentFolder segments = SegmentsOf(folder, state);
        return new LoggedCommits(segments, new Catalogue(segments));
    }

    // In this order: the state may grow meanwhile, and is never behind what was read of the log before.
    private static LostChanges? Compare(long logged, CommitsTable commits)
    {
        long kept = commits.ReadNewest();
        return logged > kept ? new LostChanges(kept, logged) : null;
    }

    // Where there is none, or one of an earlier version or a damaged one, more of the segments is read.
    private static ImmutableArray<SegmentProgress> ReadIndex(StoreFolder folder)
    {
        if (!File.Exists(folder.EventsFile) || new FileInfo(folder.EventsFile).Length == 0)
        {
            return [];
        }

        try
        {
            using EventIndexConnection index = EventIndexConnection.OpenReader(folder.EventsFile, StateFile.RecoveryLimit);
            return index.ListSegments();
        }
        catch (StateStoreException)
        {
            return [];
        }
    }
}
