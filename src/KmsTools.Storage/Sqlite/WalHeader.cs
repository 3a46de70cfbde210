namespace KmsTools.Storage.Sqlite;

/// <summary>
/// What the index of a write-ahead log says about the log at a moment; it differs after every commit, restart and recovery. Source:
/// "WAL-mode File Format", the WAL-index header of SQLite, 48 bytes.
/// </summary>
internal readonly record struct WalHeader(ulong Format, ulong Counter, ulong Counts, ulong LastChecksums, ulong Salts, ulong Checksums)
{
    // Sizes in the log itself, in bytes.
    private const long SizeOfLogHeader = 32;
    private const long SizeOfFrameHeader = 24;

    // How a page size that does not fit into 16 bits is written.
    private const int MaxPageSize = 65_536;

    /// <summary>Counts the commits; every commit adds one. A recovery starts over.</summary>
    public uint Change => unchecked((uint)(BitConverter.IsLittleEndian ? Counter : Counter >> 32));

    /// <summary>The length in bytes that the log has at least; 0 where the header does not tell.</summary>
    public long LogLength
    {
        get
        {
            uint frames = unchecked((uint)(BitConverter.IsLittleEndian ? Counts : Counts >> 32));
            int pageSize = (ushort)(BitConverter.IsLittleEndian ? Counter >> 48 : Counter);
            pageSize = pageSize == 1 ? MaxPageSize : pageSize;
            return frames == 0 || pageSize == 0 ? 0 : SizeOfLogHeader + (frames * (SizeOfFrameHeader + pageSize));
        }
    }

    /// <summary>How many commits this header is behind another one; more than any number of commits if it is not.</summary>
    public uint CommitsSince(WalHeader before) => unchecked(Change - before.Change);

    /// <summary>Reads a header that other processes may be writing.</summary>
    public static unsafe WalHeader Read(ulong* address) => new(
        Volatile.Read(ref address[0]),
        Volatile.Read(ref address[1]),
        Volatile.Read(ref address[2]),
        Volatile.Read(ref address[3]),
        Volatile.Read(ref address[4]),
        Volatile.Read(ref address[5]));
}
