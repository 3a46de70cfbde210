using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// A database that is read such that neither it nor its log changes and no file appears beside it. Where it has no log, no process has it
/// open: the file is read as it is, and <see cref="IsOneState"/> says whether that held. Where a process that was killed has left a log, it
/// is read too, and other processes wait until this is closed. Where others have it open, it is read as they do.
/// </summary>
internal sealed class ExaminedFile : IDisposable
{
    private readonly (long Length, DateTime Time)? _stamp;

    private ExaminedFile(Database database, (long Length, DateTime Time)? stamp, bool hasOthers)
    {
        Database = database;
        _stamp = stamp;
        HasOthers = hasOthers;
    }

    /// <summary>The connection, which changes nothing.</summary>
    public Database Database { get; }

    /// <summary>Whether other connections have it open, so that it may change between two transactions.</summary>
    public bool HasOthers { get; }

    /// <summary>Opens a file that exists.</summary>
    public static ExaminedFile Open(string path)
    {
        if (!File.Exists(LogOf(path)))
        {
            (long Length, DateTime Time) stamp = StampOf(path);
            return new ExaminedFile(Database.OpenWithoutLog(path), stamp, hasOthers: false);
        }

        return TryOpenAlone(path) is { } alone ? new ExaminedFile(alone, stamp: null, hasOthers: false) : OpenBesideOthers(path);
    }

    /// <summary>Opens a file that other connections have open.</summary>
    public static ExaminedFile OpenBesideOthers(string path)
    {
        Database database = new(path);
        try
        {
            // They may end before this does.
            database.KeepLog(true);
            database.WaitForLocks(StateFile.RecoveryLimit);
            database.Configure("query_only", "ON", "1");
            return new ExaminedFile(database, stamp: null, hasOthers: true);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Whether all that was read is of one moment.</summary>
    public bool IsOneState() => _stamp is not { } before || (!File.Exists(LogOf(Database.Path)) && StampOf(Database.Path) == before);

    public void Dispose() => Database.Dispose();

    private static string LogOf(string path) => path + "-wal";

    private static (long Length, DateTime Time) StampOf(string path)
    {
        FileInfo file = new(path);
        return (file.Length, file.LastWriteTimeUtc);
    }

    private static Database? TryOpenAlone(string path)
    {
        Database database = Database.OpenAlone(path);
        try
        {
            // The first read takes the lock.
            _ = database.ReadNumber("PRAGMA user_version");
            return database;
        }
        catch (StateStoreException exception) when (exception.InnerException is SqliteError { Code: int code } && SqliteError.IsBusy(code))
        {
            database.Dispose();
            return null;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
