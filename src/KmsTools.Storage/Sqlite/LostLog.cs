using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Notices that the event log of a store is gone: a store begins it when it is first opened, so that it is there before any change is.
/// </summary>
internal static class LostLog
{
    /// <summary>Whether the state has changes and there is no catalogue of an event log. Changes nothing.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="state">A connection to state.db, of whatever version.</param>
    public static bool Find(StoreFolder folder, StateFile state) =>
        state.Database.ReadNumber("PRAGMA user_version") >= Schema.SegmentsVersion
        && !LostCommits.SegmentsOf(folder, state).HasCatalogue
        && state.Commits.ReadNewest() > 0;

    /// <summary>The error that refuses such a store.</summary>
    public static StateStoreException Refusal(StoreFolder folder) => new(
        $"The store in '{folder.Path}' is not complete: its event log is missing, the folder 'events' or the catalogue in it. Nothing was "
            + "changed. Put it back, or restore the whole folder from a backup, or accept the loss of all events explicitly.")
    {
        HasLostEvents = true,
        Reason = "The event log is missing.",
    };
}
