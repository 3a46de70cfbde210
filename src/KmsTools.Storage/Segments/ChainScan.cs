using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>A place between two records of a chain.</summary>
/// <param name="Offset">Where the next record begins.</param>
/// <param name="Hash">The hash of the record before, or of the header.</param>
internal readonly record struct ChainPosition(long Offset, byte[] Hash);

/// <summary>How the records of a file end.</summary>
internal enum ChainEnd
{
    /// <summary>With the file.</summary>
    Whole,

    /// <summary>With a record that was not written to its end, as after a crash, or with zeros.</summary>
    Torn,

    /// <summary>With a record that is not what was written: more follows it.</summary>
    Broken,
}

/// <summary>Takes a record of a chain.</summary>
/// <param name="body">Its body.</param>
/// <param name="offset">Where it begins.</param>
internal delegate void RecordVisitor(ReadOnlySpan<byte> body, long offset);

/// <summary>Reads the records of a file and verifies their chain.</summary>
internal static class ChainScan
{
    // Less than what the collector counts as a large object (85,000 bytes): those are freed only by collections of everything, for which all
    // calls wait.
    private const int BufferSize = 80 * 1024;

    /// <summary>Visits the records from a position to the end, or to the first that does not belong to the chain.</summary>
    /// <param name="file">The file. It may grow meanwhile.</param>
    /// <param name="from">The position.</param>
    /// <param name="visit">Takes each record.</param>
    /// <param name="limit">Where to end at the latest.</param>
    /// <returns>The position after the last record, and what comes then.</returns>
    public static (ChainPosition Position, ChainEnd End) Run(
        SafeFileHandle file, ChainPosition from, RecordVisitor visit, long limit = long.MaxValue)
    {
        // The hash before is kept in front of the record: what is hashed is one run.
        byte[] buffer = new byte[BufferSize];
        from.Hash.CopyTo(buffer, 0);
        int filled = Frame.HashSize;
        long origin = from.Offset - Frame.HashSize;
        while (true)
        {
            long room = Math.Min(buffer.Length - filled, limit - (origin + filled));
            int read = room <= 0 ? 0 : RandomAccess.Read(file, buffer.AsSpan(filled, (int)room), origin + filled);
            filled += read;
            int before = 0;
            int needed;
            while (true)
            {
                ReadOnlySpan<byte> rest = buffer.AsSpan(before + Frame.HashSize, filled - before - Frame.HashSize);
                int size = Frame.Measure(rest);
                if (size < 0)
                {
                    return (At(before), IsZero(file, origin + before + Frame.HashSize) ? ChainEnd.Torn : ChainEnd.Broken);
                }

                if (size == 0 || size > rest.Length)
                {
                    needed = size;
                    break;
                }

                if (!Frame.IsChained(buffer.AsSpan(before, Frame.HashSize + size)))
                {
                    long next = origin + before + Frame.HashSize + size;
                    bool isLast = next >= RandomAccess.GetLength(file) || IsZero(file, next);
                    return (At(before), isLast ? ChainEnd.Torn : ChainEnd.Broken);
                }

                visit(Frame.Body(rest[..size]), origin + before + Frame.HashSize);
                before += size;
            }

            if (read == 0)
            {
                return (At(before), filled - before == Frame.HashSize ? ChainEnd.Whole : ChainEnd.Torn);
            }

            byte[] kept = needed + Frame.HashSize > buffer.Length ? new byte[needed + Frame.HashSize + BufferSize] : buffer;
            buffer.AsSpan(before, filled - before).CopyTo(kept);
            buffer = kept;
            filled -= before;
            origin += before;
        }

        ChainPosition At(int before) => new(origin + before + Frame.HashSize, buffer.AsSpan(before, Frame.HashSize).ToArray());
    }

    /// <summary>The bytes of a record that was found before, or null if its hash does not fit any more.</summary>
    public static byte[]? ReadFrame(SafeFileHandle file, long offset)
    {
        Span<byte> length = stackalloc byte[Frame.LengthSize];
        if (RandomAccess.Read(file, length, offset) != length.Length || Frame.Measure(length) is var size && size <= 0)
        {
            return null;
        }

        byte[] run = new byte[Frame.HashSize + size];
        return RandomAccess.Read(file, run, offset - Frame.HashSize) == run.Length && Frame.IsChained(run) ? run[Frame.HashSize..] : null;
    }

    private static bool IsZero(SafeFileHandle file, long offset)
    {
        byte[] buffer = new byte[4096];
        for (int read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
        {
            if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }
}
