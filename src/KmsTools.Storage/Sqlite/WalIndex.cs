using System.Runtime.InteropServices;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// The header of the WAL-index of a file, in the memory that all processes which use the file share. SQLite itself maps it: a second
/// descriptor of the -shm file would, when it is closed, drop the locks that this process has on it. Where SQLite does not say where it is,
/// PRAGMA data_version stands in, which shows that something was committed but not by whom. Used by one thread at a time.
/// </summary>
internal sealed unsafe partial class WalIndex : IDisposable
{
    private const int FilePointer = 7;
    private const int RegionSize = 32_768;

    // Positions in sqlite3_io_methods, in pointers; the version is the first.
    private const int ShmMap = 13;
    private const int MinVersion = 2;

    private const int WordsOfHeader = 6;
    private const int MaxReads = 1000;

    private readonly Database _database;
    private readonly NativeStatement _dataVersion;
    private readonly ulong* _header;

    /// <summary>Finds the index of a file.</summary>
    /// <param name="file">The database, in WAL mode.</param>
    /// <param name="isMapped">False to do without the shared memory.</param>
    public WalIndex(string file, bool isMapped = true)
    {
        _database = new Database(file);
        _dataVersion = _database.PrepareNative("PRAGMA data_version");
        try
        {
            _database.WaitForLocks(StateFile.RecoveryLimit);
            _database.Configure("query_only", "ON", "1");

            // SQLite maps the index at the first read.
            _ = _database.ReadNumber("SELECT count(*) FROM sqlite_schema");
            _header = isMapped ? FindHeader() : null;
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Whether <see cref="WalHeader.Change"/> counts commits.</summary>
    public bool CountsCommits => _header is not null;

    /// <summary>
    /// The header. A writer changes its second copy, then this one: once a commit is complete it is never missed, and while it is being
    /// written it may be seen as a header that never existed.
    /// </summary>
    public WalHeader Read() => CountsCommits ? WalHeader.Read(_header) : ReadDataVersion();

    /// <summary>The header, when no process is writing it.</summary>
    public WalHeader ReadWhole()
    {
        WalHeader header = Read();
        for (int i = 0; CountsCommits && i < MaxReads && header != WalHeader.Read(_header + WordsOfHeader); i++)
        {
            Thread.Yield();
            header = Read();
        }

        return header;
    }

    public void Dispose() => _database.Dispose();

    private WalHeader ReadDataVersion()
    {
        using NativeStatement row = _dataVersion.Start();
        row.Step();

        // Not the header of an index, whose format is never 0.
        return new WalHeader(1, (ulong)row.Number(), 0, 0, 0, 0);
    }

    private ulong* FindHeader()
    {
        void* file = null;
        if (FileControl(_database.Handle, "main", FilePointer, &file) != 0 || file is null)
        {
            return null;
        }

        void** methods = *(void***)file;
        if (methods is null || *(int*)methods < MinVersion || methods[ShmMap] is null)
        {
            return null;
        }

        void* region = null;
        delegate* unmanaged[Cdecl]<void*, int, int, int, void**, int> map =
            (delegate* unmanaged[Cdecl]<void*, int, int, int, void**, int>)methods[ShmMap];
        return map(file, 0, RegionSize, 0, &region) == 0 ? (ulong*)region : null;
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(SafeHandle database, string name, int operation, void* argument);
}
