using SQLitePCL;

namespace KmsTools.Benchmarks.Stores;

/// <summary>
/// What SQLite takes for one commit of one row in a write-ahead log, with the settings of the event log and nothing else: no
/// indices, no other columns, one connection.
/// </summary>
internal sealed class BareCommits : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _insert;
    private readonly sqlite3_stmt _commit;
    private readonly byte[] _row;

    public BareCommits(string file, int rowSize, bool isSynced = false)
    {
        Batteries_V2.Init();
        _row = new byte[rowSize];
        Random.Shared.NextBytes(_row);
        Check(raw.sqlite3_open_v2(file, out _database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null));
        string synchronous = isSynced ? "FULL" : "NORMAL";
        Check(raw.sqlite3_exec(
            _database,
            $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 8000; "
            + "CREATE TABLE events (seq INTEGER PRIMARY KEY, json BLOB)"));
        _begin = Prepare("BEGIN IMMEDIATE");
        _insert = Prepare("INSERT INTO events (json) VALUES (?)");
        _commit = Prepare("COMMIT");
    }

    public void Commit()
    {
        Run(_begin);
        Check(raw.sqlite3_bind_blob(_insert, 1, _row));
        Run(_insert);
        Run(_commit);
    }

    public void Dispose()
    {
        _begin.Dispose();
        _insert.Dispose();
        _commit.Dispose();
        _database.Dispose();
    }

    internal static void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"SQLite: {raw.sqlite3_errstr(code).utf8_to_string()}");
        }
    }

    internal static void Run(sqlite3_stmt statement)
    {
        int code = raw.sqlite3_step(statement);
        Check(code == raw.SQLITE_DONE ? raw.SQLITE_OK : code);
        Check(raw.sqlite3_reset(statement));
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out sqlite3_stmt statement));
        return statement;
    }
}
