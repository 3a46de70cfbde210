using System.Globalization;
using System.Security.Cryptography;
using SQLitePCL;

namespace KmsTools.Benchmarks.Stores;

/// <summary>
/// What SQLite takes for the transaction of a change that is synced to the disk: the rows of one new key, with random IDs and as long
/// as those of the store, and its event. No other columns and no other indices, one connection.
/// </summary>
internal sealed class BareTransactions : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt[] _inserts;
    private readonly sqlite3_stmt _commit;
    private readonly byte[][] _rows;

    /// <param name="file">The database, which does not exist yet.</param>
    /// <param name="rowSizes">The lengths of the rows of a change, without their IDs.</param>
    public BareTransactions(string file, params int[] rowSizes)
    {
        Batteries_V2.Init();
        _rows = [.. rowSizes.Select(RandomNumberGenerator.GetBytes)];
        BareCommits.Check(raw.sqlite3_open_v2(
            file, out _database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null));
        string tables = string.Concat(rowSizes.Select(static (_, number) =>
            string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE t{number} (id TEXT PRIMARY KEY, data BLOB);")));
        BareCommits.Check(raw.sqlite3_exec(_database, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; {tables}"));
        _begin = Prepare("BEGIN IMMEDIATE");
        _inserts = [.. rowSizes.Select((_, number) => Prepare(
            string.Create(CultureInfo.InvariantCulture, $"INSERT INTO t{number} (id, data) VALUES (?, ?)")))];
        _commit = Prepare("COMMIT");
    }

    public void Commit()
    {
        string id = Guid.NewGuid().ToString("D");
        BareCommits.Run(_begin);
        for (int i = 0; i < _inserts.Length; i++)
        {
            BareCommits.Check(raw.sqlite3_bind_text(_inserts[i], 1, id));
            BareCommits.Check(raw.sqlite3_bind_blob(_inserts[i], 2, _rows[i]));
            BareCommits.Run(_inserts[i]);
        }

        BareCommits.Run(_commit);
    }

    public void Dispose()
    {
        _begin.Dispose();
        Array.ForEach(_inserts, static insert => insert.Dispose());
        _commit.Dispose();
        _database.Dispose();
    }

    private sqlite3_stmt Prepare(string sql)
    {
        BareCommits.Check(raw.sqlite3_prepare_v2(_database, sql, out sqlite3_stmt statement));
        return statement;
    }
}
