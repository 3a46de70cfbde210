using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Backups;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Copying;

/// <summary>A copy of a store in a <see cref="StagedFolder"/>: beside the folder where it is to be, or in that of this machine.</summary>
/// <param name="folder">The folder.</param>
/// <param name="header">What was copied.</param>
/// <param name="source">Where it was copied from.</param>
/// <param name="destination">Where it is to be.</param>
/// <param name="key">The key of its seal; null if it is not sealed.</param>
/// <param name="database">The database where it is to be; null for a folder.</param>
internal sealed class StagedStoreCopy(
    StagedFolder folder, StoreBackupHeader header, string source, string destination, SealKey? key, DatabaseImport? database)
    : IStagedStoreCopy
{
    public StoreBackupHeader Header => header;

    public string Source => source;

    public string Destination => destination;

    public string Folder => folder.Files.Path;

    public SealKey? CopySealKey() => key?.Copy();

    public StoreCopyCounts Place(Action<string>? progress)
    {
        if (database is not null)
        {
            return database.Run(folder.Files, key is null ? null : _ => key.Copy());
        }

        StoreCopyCounts counts = Count();
        folder.Sync();
        folder.Place();
        return counts;
    }

    public void Dispose()
    {
        database?.Dispose();
        key?.Dispose();
        folder.Dispose();
    }

    // All of it was verified by who opened the copy.
    private StoreCopyCounts Count()
    {
        long keys;
        long records;
        using (Database state = new(folder.Files.StateFile))
        {
            keys = state.ReadNumber("SELECT count(*) FROM keys");
            records = StateTables.List(state).Where(static table => table.IsAuthenticated)
                .Sum(table => state.ReadNumber($"SELECT count(*) FROM {table.Name}"));
        }

        SegmentFolder segments = new(folder.Files.SegmentsFolder, header.StoreId, isDurable: true);
        long events = new EventVerifier(segments, new Catalogue(segments)).Run([])
            .Where(static segment => segment.Status is Auditing.EventSegmentStatus.OK or Auditing.EventSegmentStatus.INCOMPLETE_END)
            .Sum(static segment => segment.Events);
        return new StoreCopyCounts(keys, records, events);
    }
}
