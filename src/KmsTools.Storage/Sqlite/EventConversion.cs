using System.Collections.Immutable;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Writes the events of stores of earlier versions into segments, once: within the transaction that upgrades state.db. A file says how long
/// the catalogue was before, until the transaction is committed; when it was interrupted, what came after is removed, and it begins again.
/// </summary>
/// <param name="folder">The folder of the store.</param>
/// <param name="state">The connection that upgrades state.db.</param>
internal sealed class EventConversion(StoreFolder folder, Database state)
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    private string Marker => Path.Combine(folder.SegmentsFolder, "converting");

    /// <summary>The folder of the segments of a store.</summary>
    public static SegmentFolder SegmentsOf(StoreFolder folder, StateStoreProperties properties, bool isTemporary) =>
        new(folder.SegmentsFolder, properties.InstallationId, isDurable: !isTemporary);

    /// <summary>Converts, before the script that removes the events.</summary>
    public void Before(string script)
    {
        if (script == Schema.EventsToSegments)
        {
            string storeId = state.ReadText("SELECT installation_id FROM store");
            Convert(new SegmentFolder(folder.SegmentsFolder, storeId, isDurable: true));
        }
    }

    /// <summary>Notes, after the commit, that the conversion is done.</summary>
    public void Conclude()
    {
        if (File.Exists(Marker))
        {
            File.Delete(Marker);
        }
    }

    private void Convert(SegmentFolder segments)
    {
        segments.Create();
        Catalogue catalogue = new(segments);
        using (segments.LockCatalogue())
        {
            RemoveRest(segments);
            long length = File.Exists(segments.CatalogueFile) ? new FileInfo(segments.CatalogueFile).Length : 0;
            StoreFolder.WriteNewFile(Marker, BitConverter.GetBytes(length));
            AtomicMove.Sync(segments.Path);
        }

        SegmentShelf shelf = new(segments, catalogue, static _ => null);
        SegmentWriter? writer = null;
        try
        {
            foreach (ImmutableArray<byte[]> page in EarlierEvents.Read(state).Concat(ReadUsage()))
            {
                writer ??= shelf.TakeNew();
                writer.Append(page, sync: false);
                if (writer.Progress.End.Offset >= SegmentLimits.MaxSize)
                {
                    shelf.Seal(writer);
                    writer = null;
                }
            }

            if (writer is not null)
            {
                shelf.Seal(writer);
            }
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    private IEnumerable<ImmutableArray<byte[]>> ReadUsage()
    {
        if (!File.Exists(folder.EventsFile) || new FileInfo(folder.EventsFile).Length == 0)
        {
            yield break;
        }

        using Database events = new(folder.EventsFile);
        events.WaitForLocks(s_busyLimit);
        Schema.Events.RequireKnown(events);
        if (events.ReadNumber("PRAGMA user_version") == 1)
        {
            foreach (ImmutableArray<byte[]> page in EarlierEvents.Read(events))
            {
                yield return page;
            }
        }
    }

    private void RemoveRest(SegmentFolder segments)
    {
        if (!File.Exists(Marker))
        {
            return;
        }

        byte[] length = File.ReadAllBytes(Marker);
        if (length.Length == sizeof(long) && File.Exists(segments.CatalogueFile))
        {
            using FileStream file = new(segments.CatalogueFile, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(BitConverter.ToInt64(length));
        }

        ImmutableSortedDictionary<int, SegmentState> known = new Catalogue(segments).Read();
        foreach (int segment in segments.List().Where(segment => !known.ContainsKey(segment)))
        {
            File.Delete(segments.FileOf(segment));
        }

        File.Delete(Marker);
    }
}
