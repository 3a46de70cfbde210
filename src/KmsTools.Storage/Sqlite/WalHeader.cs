namespace KmsTools.Storage.Sqlite;

/// <summary>
/// What the index of a write-ahead log says about the log at a moment; it differs after every commit, restart and recovery. Source:
/// "WAL-mode File Format", the WAL-index header of SQLite, 48 bytes.
/// </summary>
internal readonly record struct WalHeader(ulong Format, ulong Counter, ulong Pages, ulong Frames, ulong Salts, ulong Checksums)
{
    /// <summary>Counts the commits; every commit adds one. A recovery starts over.</summary>
    public uint Change => unchecked((uint)(BitConverter.IsLittleEndian ? Counter : Counter >> 32));

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
