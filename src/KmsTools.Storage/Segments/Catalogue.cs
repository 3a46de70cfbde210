using System.Collections.Immutable;
using KmsTools.Persistence;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>
/// The list of all segments, with those that were dropped, as a chain. A segment names the head of the catalogue at its birth, and the
/// catalogue the head of every complete segment, so that none can be exchanged or left out unnoticed.
/// </summary>
internal sealed class Catalogue(SegmentFolder folder)
{
    private readonly Lock _gate = new();
    private ImmutableSortedDictionary<int, SegmentState> _segments = ImmutableSortedDictionary<int, SegmentState>.Empty;
    private ChainPosition? _end;
    private long _certainLength;

    /// <summary>
    /// The length that it had at least when this process read or wrote it with its lock. It never gets shorter: only what a process cannot
    /// finish is cut off again, before that process frees the lock.
    /// </summary>
    public long CertainLength => Interlocked.Read(ref _certainLength);

    /// <summary>The segments that it names, with what is new in it.</summary>
    public ImmutableSortedDictionary<int, SegmentState> Read()
    {
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.CatalogueFile);
        lock (_gate)
        {
            Read(file);
            return _segments;
        }
    }

    /// <summary>The segments that it names, with what is new in it. The caller has the lock of the catalogue.</summary>
    public ImmutableSortedDictionary<int, SegmentState> ReadLocked()
    {
        ImmutableSortedDictionary<int, SegmentState> segments = Read();
        lock (_gate)
        {
            KeepLength();
        }

        return segments;
    }

    /// <summary>The hash of its last record. The caller has the lock of the catalogue.</summary>
    /// <exception cref="StateStoreException">The catalogue is damaged.</exception>
    public byte[] ReadHead()
    {
        CreateIfMissing();
        ReadLocked();
        return _end is { } end ? end.Hash : throw Damaged();
    }

    /// <summary>Appends entries, synced. The caller has the lock of the catalogue.</summary>
    /// <exception cref="StateStoreException">The catalogue is damaged, or cannot be written.</exception>
    public void Append(params CatalogueEntry[] entries)
    {
        CreateIfMissing();
        using SafeFileHandle file = SegmentFolder.OpenToWrite(folder.CatalogueFile);
        lock (_gate)
        {
            if (Read(file) is var end && (end == ChainEnd.Broken || _end is null))
            {
                throw Damaged();
            }

            ChainPosition start = _end.Value;
            byte[] run = [.. start.Hash, .. entries.SelectMany(static entry => entry.Encode())];
            Frame.Chain(run);
            try
            {
                RandomAccess.SetLength(file, start.Offset);
                RandomAccess.Write(file, run.AsSpan(Frame.HashSize), start.Offset);
                folder.Sync(file);
            }
            catch (IOException exception)
            {
                TryCut(file, start.Offset);
                throw StorageFault.Explain(folder.CatalogueFile, exception);
            }

            Read(file);
            KeepLength();
        }
    }

    /// <summary>Verifies the whole catalogue.</summary>
    /// <returns>Where it breaks; null if it is whole.</returns>
    public long? FindBreak() => Verify(out long end) == ChainEnd.Whole ? null : end;

    /// <summary>Verifies the whole catalogue.</summary>
    /// <param name="end">Where the last whole record ends; 0 where the header is damaged or the file is missing.</param>
    /// <returns>What comes then: nothing, a record that is not complete, or damage.</returns>
    public ChainEnd Verify(out long end)
    {
        end = 0;
        using SafeFileHandle? file = SegmentFolder.OpenToRead(folder.CatalogueFile);
        if (file is null || SegmentHeader.Read(file, folder.StoreId, 0) is not { } start)
        {
            return ChainEnd.Broken;
        }

        (ChainPosition position, ChainEnd how) = ChainScan.Run(file, start, static (_, _) => { });
        end = position.Offset;
        return how;
    }

    /// <summary>Cuts off what comes behind a place. The caller has the lock of the catalogue.</summary>
    /// <returns>The number of bytes.</returns>
    public long Cut(long end)
    {
        using SafeFileHandle file = SegmentFolder.OpenToWrite(folder.CatalogueFile);
        long length = RandomAccess.GetLength(file);
        RandomAccess.SetLength(file, end);
        folder.Sync(file);
        return length - end;
    }

    private void KeepLength()
    {
        if (_end is { } end)
        {
            Interlocked.Exchange(ref _certainLength, end.Offset);
        }
    }

    // An incomplete record at the end is that of a process that appends, or was killed while it did. The next one overwrites it.
    private ChainEnd Read(SafeFileHandle? file)
    {
        if (file is null)
        {
            return ChainEnd.Whole;
        }

        if (_end is null || _end.Value.Offset > RandomAccess.GetLength(file))
        {
            _segments = _segments.Clear();
            _end = SegmentHeader.Read(file, folder.StoreId, 0);
            if (_end is null)
            {
                return ChainEnd.Broken;
            }
        }

        ImmutableSortedDictionary<int, SegmentState>.Builder segments = _segments.ToBuilder();
        (_end, ChainEnd end) = ChainScan.Run(file, _end.Value, (body, _) =>
        {
            CatalogueEntry entry = CatalogueEntry.Read(body);
            segments[entry.Segment] = entry.Apply(segments.GetValueOrDefault(entry.Segment));
        });
        _segments = segments.ToImmutable();
        return end;
    }

    private void CreateIfMissing()
    {
        folder.Create();
        if (!folder.HasCatalogue)
        {
            lock (_gate)
            {
                _end = null;
            }

            try
            {
                folder.CreateFile(folder.CatalogueFile, SegmentHeader.Create(folder.StoreId, 0, new byte[Frame.HashSize]));
            }
            catch (IOException exception)
            {
                throw StorageFault.Explain(folder.CatalogueFile, exception);
            }
        }
    }

    private StateStoreException Damaged() => new(
        $"'{folder.CatalogueFile}' is damaged. Restore the folder of the store from a backup.")
    {
        IsDamage = true,
    };

    private static void TryCut(SafeFileHandle file, long length)
    {
        try
        {
            RandomAccess.SetLength(file, length);
        }
        catch (IOException)
        {
            // The next entry overwrites what is left.
        }
    }
}
