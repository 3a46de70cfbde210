using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Segments;
using KmsTools.Storage.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Backups;

/// <summary>What a snapshot of a store is taken of.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Keys">Its root key.</param>
/// <param name="Rows">What authenticates its rows.</param>
/// <param name="Properties">What was fixed when it was created.</param>
internal sealed record StoreSnapshotSource(StoreFolder Folder, RootKeyKeeper Keys, RowMac Rows, StateStoreProperties Properties);

/// <summary>
/// A store as it is at one moment. The state is fixed by a read transaction that begins while the catalogue of the event log is locked, so
/// that no segment is born, completed or dropped between the two. Segments that are appended to are cut before the first event of a later
/// change: an event whose row the state no longer keeps was in its segment before that moment, and the events of the rows that it keeps are
/// appended when the copy is opened.
/// </summary>
internal sealed class StoreSnapshot : IDisposable
{
    private const int MaxAttempts = 3;
    private const string CopyPrefix = "copy-";

    private readonly StoreSnapshotSource _source;
    private readonly List<(string Name, SafeFileHandle File, long Length)> _log = [];
    private readonly string _copies;
    private ImmutableArray<RootKeyGeneration> _generations = [];

    private StoreSnapshot(StoreSnapshotSource source)
    {
        _source = source;
        _copies = Path.Combine(source.Folder.Path, CopyPrefix + Guid.NewGuid().ToString("N"));
    }

    /// <summary>What the head of the backup says.</summary>
    public StoreBackupHeader Header { get; private set; } = null!;

    /// <summary>Takes a snapshot. Nothing else takes one of the store at the same time.</summary>
    /// <exception cref="StateStoreException">The store is damaged, or its disk cannot be written.</exception>
    public static StoreSnapshot Take(StoreSnapshotSource source, DateTimeOffset now)
    {
        foreach (string left in Directory.GetDirectories(source.Folder.Path, CopyPrefix + new string('?', 32)))
        {
            StoreFolder.TryRemove(left);
        }

        for (int attempt = 1; ; attempt++)
        {
            StoreSnapshot snapshot = new(source);
            try
            {
                if (snapshot.TryTake(now))
                {
                    return snapshot;
                }
            }
            catch
            {
                snapshot.Dispose();
                throw;
            }

            snapshot.Dispose();
            if (attempt == MaxAttempts)
            {
                throw new StateStoreException(
                    $"'{source.Folder.RootKeyFile}' does not have the generation of the root key that the store uses. Nothing was backed up.");
            }
        }
    }

    /// <summary>Writes all files of the store.</summary>
    public void WriteTo(ISnapshotWriter writer)
    {
        byte[] rootKey = RootKeyContent.Encode(_generations);
        try
        {
            writer.AddFile(Path.GetFileName(_source.Folder.RootKeyFile), rootKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rootKey);
        }

        StoreFolder copies = new(_copies);
        AddFile(writer, copies.StateFile, Path.GetFileName(copies.StateFile));
        if (File.Exists(copies.EventsFile))
        {
            AddFile(writer, copies.EventsFile, Path.GetFileName(copies.EventsFile));
        }

        foreach ((string name, SafeFileHandle file, long length) in _log)
        {
            using FileStream stream = new(file, FileAccess.Read);
            writer.AddFile(name, stream, length);
        }

        AddTokens(_source.Folder, writer);
    }

    public void Dispose()
    {
        foreach ((_, SafeFileHandle file, _) in _log)
        {
            file.Dispose();
        }

        foreach (RootKeyGeneration generation in _generations)
        {
            generation.Dispose();
        }

        if (Directory.Exists(_copies))
        {
            StoreFolder.TryRemove(_copies);
        }
    }

    private bool TryTake(DateTimeOffset now)
    {
        StoreFolder folder = _source.Folder;

        // A rotation may add a generation before the moment, and drop one after it: what was there before and after has all of both.
        ImmutableArray<RootKeyGeneration> before = _source.Keys.ReadGenerations(out bool isSealed);
        _generations = before;
        using StateFile state = StateFile.OpenReader(folder.StateFile, _source.Rows);
        SegmentFolder segments = new(folder.SegmentsFolder, _source.Properties.InstallationId, isDurable: true);
        long newest;
        ImmutableSortedDictionary<int, SegmentState> known;
        segments.Create();
        using (segments.LockCatalogue())
        {
            state.Database.Begin();
            newest = state.Commits.ReadNewest();
            known = new Catalogue(segments).Read();
            OpenLog(segments, known);
        }

        ImmutableArray<RootKeyGeneration> after = _source.Keys.ReadGenerations(out bool isSealedAfter);
        HashSet<int> numbers = [.. before.Select(static generation => generation.Number)];
        _generations = [.. before, .. after.Where(generation => numbers.Add(generation.Number))];
        foreach (RootKeyGeneration same in after.Except(_generations))
        {
            same.Dispose();
        }

        RootKeyState rootKey = state.RootKeys.Read();
        if (isSealed != isSealedAfter || !numbers.Contains(rootKey.Generation)
            || (rootKey.FormerGeneration is { } former && !numbers.Contains(former)))
        {
            return false;
        }

        byte[] head = CutLog(segments, known, newest);
        StoreFolder.CreateFolder(_copies);
        StoreFolder copies = new(_copies);
        state.Database.CopyTo(copies.StateFile);
        RequireWhole(copies.StateFile);
        CopyLastUses(copies);
        Header = new StoreBackupHeader
        {
            StoreId = _source.Properties.InstallationId,
            AccountId = _source.Properties.AccountId.ToString(),
            Region = _source.Properties.Region.ToString(),
            CreationDate = now,
            NewestChange = newest,
            Keys = state.Database.ReadNumber("SELECT count(*) FROM keys"),
            RootKeyGeneration = rootKey.Generation,
            IsSealed = isSealed,
            EventLogHead = Convert.ToHexStringLower(head),
        };
        return true;
    }

    private void OpenLog(SegmentFolder segments, ImmutableSortedDictionary<int, SegmentState> known)
    {
        foreach (string file in segments.List().Where(known.ContainsKey).Select(segments.FileOf).Append(segments.CatalogueFile))
        {
            if (SegmentFolder.OpenToRead(file) is { } handle)
            {
                string name = $"{Path.GetFileName(segments.Path)}/{Path.GetFileName(file)}";
                _log.Add((name, handle, RandomAccess.GetLength(handle)));
            }
        }
    }

    private byte[] CutLog(SegmentFolder segments, ImmutableSortedDictionary<int, SegmentState> known, long newest)
    {
        using IncrementalHash heads = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < _log.Count; i++)
        {
            (string name, SafeFileHandle file, long length) = _log[i];
            if (!int.TryParse(Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                continue;
            }

            SegmentState segment = known[number];
            if (segment.Status == SegmentStatus.Open && SegmentHeader.Read(file, segments.StoreId, number) is { } start)
            {
                long cut = long.MaxValue;
                (ChainPosition end, ChainEnd how) = ChainScan.Run(
                    file,
                    start,
                    (body, offset) => cut = EventCodec.ReadCommit(body) > newest ? Math.Min(cut, offset) : cut,
                    length);

                // What is damaged is kept as it is.
                long kept = how == ChainEnd.Broken && cut == long.MaxValue ? length : Math.Min(cut, end.Offset);
                _log[i] = (name, file, kept);
                byte[] head = new byte[Frame.HashSize];
                RandomAccess.Read(file, head, Math.Max(0, kept - Frame.HashSize));
                heads.AppendData(head);
            }
            else
            {
                heads.AppendData(segment.Head);
            }
        }

        return heads.GetHashAndReset();
    }

    private static void RequireWhole(string file)
    {
        using Database copy = Database.OpenWithoutLog(file);
        if (!copy.IsWhole())
        {
            throw new StateStoreException(
                $"'{Path.GetFileName(file)}' is damaged, and was not backed up. Keep the backups that there are; restore one of them.");
        }
    }

    // The index itself is made again from the segments; when a key was last used is known longer than they are.
    private void CopyLastUses(StoreFolder copies)
    {
        string index = _source.Folder.EventsFile;
        if (!File.Exists(index) || new FileInfo(index).Length == 0)
        {
            return;
        }

        StoreFolder.CreateFile(copies.EventsFile);
        try
        {
            using EventIndexConnection copy = EventIndexConnection.OpenWriter(copies.EventsFile, StateFile.RecoveryLimit);
            copy.Database.WaitForLocks(StateFile.RecoveryLimit);
            copy.Database.Execute(
                $"ATTACH '{index.Replace("'", "''", StringComparison.Ordinal)}' AS former; "
                    + "INSERT INTO last_uses SELECT * FROM former.last_uses; DETACH former");
            copy.Database.EmptyLog();
        }
        catch (StateStoreException)
        {
            // A damaged index keeps no store from being opened, and no backup from being made.
            File.Delete(copies.EventsFile);
        }
    }

    private static void AddFile(ISnapshotWriter writer, string file, string name)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        writer.AddFile(name, stream, stream.Length);
    }

    /// <summary>
    /// Writes the tokens of a folder. Of the backups of HSMs only the copies of tokens: what else is there belongs to restores that are in
    /// progress.
    /// </summary>
    public static void AddTokens(StoreFolder store, ISnapshotWriter writer)
    {
        string[] copies = Directory.Exists(store.BackupsFolder) ? Directory.GetDirectories(store.BackupsFolder) : [];
        foreach (string folder in copies.Append(store.LabFolder).Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                AddFile(writer, file, Path.GetRelativePath(store.Path, file).Replace('\\', '/'));
            }
        }
    }
}
