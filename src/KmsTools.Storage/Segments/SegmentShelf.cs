using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Hands out segments to append to, and takes them back. A process has one of its own, so that processes never wait for one another; there are
/// never more open ones than processes at once, because a new process continues one that nobody has.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="catalogue">Its catalogue.</param>
/// <param name="known">What is known of a segment from before, or null: its records need not be read again.</param>
internal sealed class SegmentShelf(SegmentFolder folder, Catalogue catalogue, Func<int, SegmentProgress?> known)
{
    private readonly List<EventLogRepair> _repairs = [];

    /// <summary>What was cut off or given up so far. Complete before other threads read it.</summary>
    public IReadOnlyList<EventLogRepair> Repairs => _repairs;

    /// <summary>
    /// Notes, each once, what is not as the catalogue and what is known say, and sets it right: a record that the catalogue ends with and that
    /// is not complete; segments that it does not name, which it takes in; and segments that are gone.
    /// </summary>
    /// <param name="known">What is known of segments, from before the catalogue is read.</param>
    /// <param name="isLogLost">Whether there was a catalogue, and is none.</param>
    /// <returns>The numbers of the known segments that are gone: that must be forgotten.</returns>
    public int[] Reconcile(ImmutableArray<SegmentProgress> known, bool isLogLost)
    {
        // Segments begin, are completed and are dropped under the lock only: it is taken where something seems to be wrong.
        ChainEnd end = catalogue.Verify(out _);
        if (!isLogLost && ((end == ChainEnd.Broken && folder.HasCatalogue) || (end != ChainEnd.Torn && !Differs(known))))
        {
            return [];
        }

        folder.Create();
        using IDisposable locked = folder.LockCatalogue();
        if (isLogLost)
        {
            folder.PutCatalogueAside();
            _repairs.Add(new EventLogRepair(0, 0, 0, IsDamaged: true));
        }
        else if (catalogue.Verify(out long last) == ChainEnd.Torn)
        {
            _repairs.Add(new EventLogRepair(0, last, catalogue.Cut(last), IsDamaged: false));
        }

        Dictionary<int, SegmentProgress> progress = known.ToDictionary(static segment => segment.Segment);
        foreach (int number in FindUnnamed())
        {
            TakeIn(number, progress.GetValueOrDefault(number));
        }

        SegmentProgress[] gone = FindGone(progress);
        foreach (SegmentProgress segment in gone)
        {
            _repairs.Add(new EventLogRepair(segment.Segment, 0, 0, IsDamaged: true, segment.Count));
            if (catalogue.Read().GetValueOrDefault(segment.Segment)?.Status is null or SegmentStatus.Open)
            {
                catalogue.Append(segment.Entry(CatalogueEvent.Broken));
            }
        }

        return Array.ConvertAll(gone, static segment => segment.Segment);
    }

    /// <summary>Continues the first open segment that nobody has, or begins a new one.</summary>
    public SegmentWriter Take()
    {
        folder.Create();
        using IDisposable locked = folder.LockCatalogue();
        foreach (SegmentState segment in catalogue.ReadLocked().Values.Where(static segment => segment.Status == SegmentStatus.Open))
        {
            if (TryContinue(segment.Number) is { } writer)
            {
                return writer;
            }
        }

        return Begin();
    }

    /// <summary>Continues a certain segment; null if it is not open, another process has it, or it is damaged.</summary>
    public SegmentWriter? TryTake(int segment)
    {
        folder.Create();
        using IDisposable locked = folder.LockCatalogue();
        return catalogue.Read().GetValueOrDefault(segment)?.Status == SegmentStatus.Open ? TryContinue(segment) : null;
    }

    /// <summary>Begins a new segment.</summary>
    public SegmentWriter TakeNew()
    {
        using IDisposable locked = folder.LockCatalogue();
        return Begin();
    }

    /// <summary>Completes a segment and closes it.</summary>
    public void Seal(SegmentWriter writer)
    {
        writer.Sync();
        using IDisposable locked = folder.LockCatalogue();
        catalogue.Append(writer.Progress.Entry(CatalogueEvent.Sealed));
        writer.Dispose();
        folder.RemoveLock(writer.Number);
    }

    private bool Differs(ImmutableArray<SegmentProgress> known) =>
        FindUnnamed().Length > 0 || FindGone(known.ToDictionary(static segment => segment.Segment)).Length > 0;

    // A process that died while it began a segment left a file without records, of which the next one makes its own.
    private int[] FindUnnamed()
    {
        ImmutableSortedDictionary<int, SegmentState> named = catalogue.Read();
        return
        [
            .. folder.List().Where(number =>
                !named.ContainsKey(number) && new FileInfo(folder.FileOf(number)) is { Exists: true, Length: > SegmentHeader.Size }),
        ];
    }

    private SegmentProgress[] FindGone(Dictionary<int, SegmentProgress> known)
    {
        ImmutableSortedDictionary<int, SegmentState> named = catalogue.Read();
        return
        [
            .. known.Values.Where(segment => !named.ContainsKey(segment.Segment) && !File.Exists(folder.FileOf(segment.Segment))),
            .. named.Values
                .Where(segment => segment.Status == SegmentStatus.Open
                    || (segment.Status != SegmentStatus.Dropped && known.ContainsKey(segment.Number)))
                .Where(segment => !File.Exists(folder.FileOf(segment.Number)))
                .Select(segment => known.GetValueOrDefault(segment.Number) ?? Nothing(segment.Number)),
        ];
    }

    // Complete as it is, unless another process still appends to it.
    private void TakeIn(int number, SegmentProgress? before)
    {
        using IDisposable? hold = folder.TryHold(number);
        using SafeFileHandle file = SegmentFolder.OpenToWrite(folder.FileOf(number));
        SegmentProgress? progress = Verify(file, number, null, out ChainEnd end);
        ChainPosition? start = SegmentHeader.Read(file, folder.StoreId, number);
        SegmentProgress begun = start is null ? Nothing(number) : SegmentProgress.Start(number, start.Value);
        progress ??= begun;
        long rest = RandomAccess.GetLength(file) - progress.End.Offset;
        bool isDamaged = start is null || end == ChainEnd.Broken;
        catalogue.Append(begun.Entry(CatalogueEvent.Born));
        if (hold is not null)
        {
            if (!isDamaged)
            {
                RandomAccess.SetLength(file, progress.End.Offset);
            }

            catalogue.Append(progress.Entry(isDamaged ? CatalogueEvent.Broken : CatalogueEvent.Sealed));
        }

        _repairs.Add(new EventLogRepair(
            number, progress.End.Offset, rest, isDamaged, Math.Max(0, (before?.Count ?? 0) - progress.Count)));
    }

    private static SegmentProgress Nothing(int segment) =>
        SegmentProgress.Start(segment, new ChainPosition(0, new byte[Frame.HashSize]));

    private SegmentWriter Begin()
    {
        byte[] head = catalogue.ReadHead();
        int last = catalogue.Read().Keys.LastOrDefault();
        int number = Math.Max(last, folder.List().LastOrDefault()) + 1;

        // A process that died while it began a segment left a file that the catalogue does not name and that has no records.
        if (number > last + 1 && new FileInfo(folder.FileOf(number - 1)).Length <= SegmentHeader.Size)
        {
            File.Delete(folder.FileOf(--number));
        }

        byte[] header = SegmentHeader.Create(folder.StoreId, number, head);
        ChainPosition start = new(header.Length, header[^Frame.HashSize..]);
        SegmentProgress progress = SegmentProgress.Start(number, start);
        IDisposable hold = folder.TryHold(number)
            ?? throw new StateStoreException($"The lock of '{folder.FileOf(number)}' is held by another application. Let it end.");
        SafeFileHandle? file = null;
        try
        {
            folder.CreateFile(folder.FileOf(number), header);
            file = SegmentFolder.OpenToWrite(folder.FileOf(number));
            catalogue.Append(progress.Entry(CatalogueEvent.Born));
            return new SegmentWriter(folder, file, hold, progress);
        }
        catch (Exception exception)
        {
            file?.Dispose();
            hold.Dispose();
            throw exception is IOException fault ? StorageFault.Explain(folder.FileOf(number), fault) : exception;
        }
    }

    private SegmentWriter? TryContinue(int number)
    {
        if (!File.Exists(folder.FileOf(number)) || folder.TryHold(number) is not { } hold)
        {
            return null;
        }

        SafeFileHandle? file = null;
        try
        {
            file = SegmentFolder.OpenToWrite(folder.FileOf(number));
            SegmentProgress? before = known(number);
            SegmentProgress? progress = Verify(file, number, before, out ChainEnd end);
            long missing = Math.Max(0, (before?.Count ?? 0) - (progress?.Count ?? 0));
            if (progress is not null && end != ChainEnd.Broken)
            {
                CutTorn(file, progress, end, missing);
                SegmentWriter writer = new(folder, file, hold, progress);
                (file, hold) = (null, null!);
                return writer;
            }

            // Nothing more is appended behind the damage, and nothing of it is changed.
            progress ??= Nothing(number);
            catalogue.Append(progress.Entry(CatalogueEvent.Broken));
            long rest = RandomAccess.GetLength(file) - progress.End.Offset;
            _repairs.Add(new EventLogRepair(number, progress.End.Offset, rest, IsDamaged: true, missing));
            return null;
        }
        finally
        {
            file?.Dispose();
            hold?.Dispose();
        }
    }

    // What is known of the segment may be more than a power loss left of it.
    private SegmentProgress? Verify(SafeFileHandle file, int number, SegmentProgress? before, out ChainEnd end)
    {
        end = ChainEnd.Broken;
        if (SegmentHeader.Read(file, folder.StoreId, number) is not { } start)
        {
            return null;
        }

        SegmentProgress progress = before is not null && IsAt(file, before.End) ? before : SegmentProgress.Start(number, start);
        (ChainPosition position, end) = ChainScan.Run(
            file, progress.End, (body, _) => progress = progress.With(EventCodec.ReadTime(body), EventCodec.ReadCommit(body)));
        return progress with { End = position };
    }

    /// <summary>Whether a position is in a file.</summary>
    public static bool IsAt(SafeFileHandle file, ChainPosition position)
    {
        Span<byte> hash = stackalloc byte[Frame.HashSize];
        return position.Offset >= Frame.HashSize
            && RandomAccess.Read(file, hash, position.Offset - Frame.HashSize) == hash.Length
            && hash.SequenceEqual(position.Hash);
    }

    private void CutTorn(SafeFileHandle file, SegmentProgress progress, ChainEnd end, long missing)
    {
        long cut = RandomAccess.GetLength(file) - progress.End.Offset;
        if (end == ChainEnd.Torn || missing > 0)
        {
            long lost = Math.Max(0, (known(progress.Segment)?.End.Offset ?? 0) - progress.End.Offset);
            catalogue.Append(progress.Entry(CatalogueEvent.Cut) with { Count = Math.Max(cut, lost) });
            RandomAccess.SetLength(file, progress.End.Offset);
        }

        if (end == ChainEnd.Torn || missing > 0)
        {
            _repairs.Add(new EventLogRepair(progress.Segment, progress.End.Offset, cut, IsDamaged: false, missing));
        }
    }
}
