using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Notices that the event log of a store is gone, or its catalogue damaged: a store begins its log when it is first opened, so that it is
/// there before any change is.
/// </summary>
internal static class LostLog
{
    /// <summary>Whether the state has changes, and its event log no catalogue that can be continued. Changes nothing.</summary>
    /// <param name="folder">The folder of the store.</param>
    /// <param name="state">A connection to state.db, of whatever version.</param>
    public static bool Find(StoreFolder folder, StateFile state)
    {
        if (state.Database.ReadNumber("PRAGMA user_version") < Schema.SegmentsVersion)
        {
            return false;
        }

        SegmentFolder segments = LostCommits.SegmentsOf(folder, state);
        return new Catalogue(segments).Verify(out _) == ChainEnd.Broken && (segments.HasCatalogue || state.Commits.ReadNewest() > 0);
    }

    /// <summary>The error that refuses such a store.</summary>
    public static StateStoreException Refusal(StoreFolder folder)
    {
        bool isThere = File.Exists(Path.Combine(folder.SegmentsFolder, SegmentFolder.NameOfCatalogue));
        string what = isThere ? "the catalogue of its event log, 'events/catalogue.log', is damaged"
            : "its event log is missing, the folder 'events' or the catalogue in it";
        return new StateStoreException(
            $"The store in '{folder.Path}' is not complete: {what}. Nothing was changed. Put it back, or restore the whole folder from a "
                + "backup, or accept explicitly that the events which are missing are lost.")
        {
            HasLostEvents = true,
            Reason = isThere ? "The event log is damaged." : "The event log is missing.",
        };
    }
}
