using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>A segment that this process appends to. Used by one thread at a time.</summary>
internal sealed class SegmentWriter : IDisposable
{
    private const int MaxKeptBuffer = 1 << 20;

    private readonly SegmentFolder _folder;
    private readonly SafeFileHandle _file;
    private readonly IDisposable _hold;
    private readonly FileStatus? _identity;
    private byte[] _buffer = new byte[4096];

    /// <summary>Continues a segment.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The open segment, which the writer closes.</param>
    /// <param name="hold">The lock of the segment, which the writer frees.</param>
    /// <param name="progress">What it contains.</param>
    public SegmentWriter(SegmentFolder folder, SafeFileHandle file, IDisposable hold, SegmentProgress progress)
    {
        _folder = folder;
        _file = file;
        _hold = hold;
        _identity = FileStatus.Find(folder.FileOf(progress.Segment));
        Progress = progress;
    }

    /// <summary>What it contains.</summary>
    public SegmentProgress Progress { get; private set; }

    /// <summary>Its number.</summary>
    public int Number => Progress.Segment;

    /// <summary>Appends records in one write.</summary>
    /// <param name="groups">Runs of records whose hashes are missing.</param>
    /// <param name="sync">Whether they must be on the disk when the call returns.</param>
    /// <exception cref="StateStoreException">Nothing of them is written.</exception>
    public int Append(IReadOnlyList<byte[]> groups, bool sync)
    {
        // Behind a cut there would be a hole, and no reader gets beyond it.
        if (FileStatus.SizeOf(_file) < Progress.End.Offset)
        {
            throw new StateStoreException(
                $"'{_folder.FileOf(Number)}' was cut while this process appended to it. Nothing more is appended. End this process, or connect "
                    + "again.")
            {
                IsReplaced = true,
                Reason = "The event log was cut.",
            };
        }

        int size = Frame.HashSize;
        for (int i = 0; i < groups.Count; i++)
        {
            size += groups[i].Length;
        }

        byte[] buffer = size <= _buffer.Length ? _buffer : new byte[size * 2];
        Progress.End.Hash.CopyTo(buffer, 0);
        SegmentProgress progress = Progress;
        int filled = Frame.HashSize;
        for (int i = 0; i < groups.Count; i++)
        {
            groups[i].CopyTo(buffer, filled);
            progress = progress.With(groups[i]);
            filled += groups[i].Length;
        }

        int count = Frame.Chain(buffer.AsSpan(0, filled));
        try
        {
            RandomAccess.Write(_file, buffer.AsSpan(Frame.HashSize, filled - Frame.HashSize), Progress.End.Offset);
            if (sync)
            {
                _folder.Sync(_file);
            }
        }
        catch (IOException exception)
        {
            TryCut();
            throw StorageFault.Explain(_folder.FileOf(Number), exception);
        }

        Progress = progress with
        {
            End = new ChainPosition(
                Progress.End.Offset + filled - Frame.HashSize, buffer.AsSpan(filled - Frame.HashSize, Frame.HashSize).ToArray()),
        };
        _buffer = buffer.Length <= MaxKeptBuffer ? buffer : _buffer;
        return count;
    }

    /// <summary>
    /// Whether the file was removed, replaced or cut while it is appended to, so that what is appended is lost. May be asked by any thread.
    /// </summary>
    /// <param name="isCut">Whether it is there, and shorter than what was appended.</param>
    public bool IsLost(out bool isCut)
    {
        isCut = false;
        if (_identity is not { } identity)
        {
            return false;
        }

        long end = Progress.End.Offset;
        if (FileStatus.Find(_folder.FileOf(Number)) is not { } now || !now.IsSame(identity))
        {
            return true;
        }

        isCut = now.Size < end;
        return isCut;
    }

    /// <summary>Writes what is appended to the disk.</summary>
    public void Sync()
    {
        try
        {
            _folder.Sync(_file);
        }
        catch (IOException exception)
        {
            throw StorageFault.Explain(_folder.FileOf(Number), exception);
        }
    }

    /// <summary>Lets the next process continue the segment.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _hold.Dispose();
    }

    // Readers must not find the records of a call that is refused. What cannot be cut off, the next records overwrite.
    private void TryCut()
    {
        try
        {
            RandomAccess.SetLength(_file, Progress.End.Offset);
        }
        catch (IOException)
        {
        }
    }
}
