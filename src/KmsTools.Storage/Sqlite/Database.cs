using System.Data.Common;
using System.Runtime.InteropServices;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// One connection to one file. Used by one thread at a time. Tables use its commands; settings, locks, checkpoints and what changes and
/// calls execute all the time go through its handle (<see cref="NativeStatement"/>, <see cref="NativeCursor"/>).
/// </summary>
internal sealed partial class Database : IDatabase
{
    // In seconds. Only after what WaitForLocks sets: the provider then sleeps 150 ms between two attempts.
    private const int CommandTimeout = 1;

    private readonly bool _ignoresLog;
    private RowAuthenticator? _rows;

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _handle;
    private readonly List<NativeStatement> _statements = [];

    // Those of tables, until the connection is closed: one that became garbage before would be finalized while another thread uses the
    // connection, which has no mutex.
    private readonly List<ICursor> _cursors = [];

    private readonly NativeStatement _begin;
    private readonly NativeStatement _beginImmediate;
    private readonly NativeStatement _commit;
    private readonly NativeStatement _rollBack;

    // No mutex around each call of SQLite, because a connection is used by one thread at a time. The provider has no setting for it. Has no
    // effect if another part of the process has used the library before.
    static Database()
    {
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
    }

    /// <summary>Opens an existing file.</summary>
    public Database(string path)
        : this(path, path, SqliteOpenMode.ReadWrite)
    {
    }

    private Database(string path, string source, SqliteOpenMode mode)
    {
        Path = path;
        _ignoresLog = path != source;
        SqliteConnectionStringBuilder settings = new()
        {
            DataSource = source,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = CommandTimeout,
        };
        _connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            _connection.Open();
        }
        catch (SqliteException exception)
        {
            _connection.Dispose();
            throw SqliteError.Explain(exception.SqliteExtendedErrorCode, exception.Message, path, static () => false);
        }

        _handle = _connection.Handle!;
        _ = raw.sqlite3_extended_result_codes(_handle, 1);
        _begin = PrepareNative("BEGIN");
        _beginImmediate = PrepareNative("BEGIN IMMEDIATE");
        _commit = PrepareNative("COMMIT");
        _rollBack = PrepareNative("ROLLBACK");
    }

    public string Path { get; }

    public RowAuthenticator Rows => _rows ?? throw new InvalidOperationException($"The rows of '{Path}' cannot be authenticated yet.");

    /// <summary>The connection of SQLite, for what the provider does not offer.</summary>
    public SafeHandle Handle => _handle;

    /// <summary>Opens a database that is in memory only, until it is closed.</summary>
    public static Database OpenInMemory() => new(":memory:", ":memory:", SqliteOpenMode.Memory);

    /// <summary>
    /// Opens a file to inspect the content of the file itself. Takes no lock, ignores the log, and changes nothing. During a checkpoint
    /// such a file is not consistent. A stream would not do: closing it would drop the locks that this process has on the file.
    /// </summary>
    public static Database OpenWithoutLog(string path) =>
        new(path, $"file://{Escape(path)}?immutable=1", SqliteOpenMode.ReadOnly);

    /// <summary>
    /// Opens a file together with its log to inspect them, if no other connection has them open. Changes nothing: the index of the log is
    /// kept in memory, and <see cref="Dispose"/> leaves the log as it is.
    /// </summary>
    public static Database OpenAlone(string path)
    {
        Database database = new(path);
        try
        {
            database.KeepLog(true);
            database.Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The number of the row that was inserted last. RETURNING would cost a fifth of a commit.</summary>
    public long LastInsertedRow => raw.sqlite3_last_insert_rowid(_handle);

    public bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Sets what authenticates the rows that are read and written from now on.</summary>
    public void AuthenticateRows(RowMac mac) => _rows = new RowAuthenticator(mac);

    /// <summary>Defines a function that the statements of this connection can call.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="function">What it returns for any number of arguments.</param>
    public void Define(string name, Func<object?[], byte[]> function) => _connection.CreateFunction(name, function, isDeterministic: true);

    /// <summary>A statement that is compiled on first use and kept with this connection.</summary>
    public NativeStatement PrepareNative(string sql, params string[] parameters)
    {
        NativeStatement statement = new(this, sql, parameters);
        _statements.Add(statement);
        return statement;
    }

    public ICursor Open(string sql, bool isHot)
    {
        ICursor cursor = isHot ? new NativeCursor(this, sql) : new CommandCursor(this, CreateCommand(sql));
        _cursors.Add(cursor);
        return cursor;
    }

    // The column has the collation NOCASE.
    public string HasName(string column, string parameter) => $"{column} = @{parameter}";

    public bool HasNonces => false;

    public StateStoreException Explain(DbException exception) =>
        Explain(((SqliteException)exception).SqliteExtendedErrorCode);

    public sqlite3_stmt Compile(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement));
        return statement;
    }

    /// <summary>Executes any number of statements.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Sets a PRAGMA and reads it back: SQLite silently ignores settings that it does not know or cannot apply now.</summary>
    public void Configure(string pragma, string value, string expected)
    {
        Execute($"PRAGMA {pragma} = {value}");
        RequireSetting(pragma, expected);
    }

    /// <summary>Copies the content of the file, with what is in its log, to a new file that only its owner can access.</summary>
    public void CopyTo(string path)
    {
        StoreFolder.CreateFile(path);
        using Database copy = new(path);
        try
        {
            _connection.BackupDatabase(copy._connection);
        }
        catch (SqliteException exception)
        {
            throw Explain(exception);
        }
    }

    /// <summary>Whether all pages and tables are intact. Reads all of them.</summary>
    public bool IsWhole() => ReadText("PRAGMA quick_check(1)") == "ok";

    public void RequireSetting(string pragma, string expected)
    {
        string actual = ReadText($"PRAGMA {pragma}");
        if (actual != expected)
        {
            throw new StateStoreException(
                $"'{Path}' cannot be used safely: SQLite has {pragma} = {actual}, needed is {expected}. Put the store on a local disk.");
        }
    }

    /// <summary>How long statements other than <see cref="BeginImmediate"/> wait for the recovery after a killed process.</summary>
    public void WaitForLocks(TimeSpan limit) => Check(raw.sqlite3_busy_timeout(_handle, checked((int)limit.TotalMilliseconds)));

    /// <summary>Whether closing the last connection leaves the log as it is. Otherwise it is moved into the file and deleted.</summary>
    public void KeepLog(bool keep) => Check(raw.sqlite3_db_config(_handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, out _));

    public void CheckpointEvery(int pages) => Check(raw.sqlite3_wal_autocheckpoint(_handle, pages));

    /// <summary>Executes one statement, waiting while other connections block it.</summary>
    public void ExecuteWhenFree(string sql, TimeSpan limit)
    {
        BackoffWait wait = new(limit);
        int code;
        while (SqliteError.IsBusy(code = raw.sqlite3_exec(_handle, sql)) && wait.TryWait())
        {
        }

        Check(code);
    }

    /// <summary>Begins a read transaction. The view is fixed by the first statement that reads.</summary>
    public void Begin() => _begin.Start().Run();

    /// <summary>Takes the write lock of the file, waiting for other processes.</summary>
    public void BeginImmediate(TimeSpan limit)
    {
        BackoffWait wait = new(limit);
        int code;
        do
        {
            code = _beginImmediate.Start().TryStep();
            _beginImmediate.Dispose();
        }
        while (SqliteError.IsBusy(code) && wait.TryWait());

        if (code != raw.SQLITE_DONE)
        {
            Check(code);
        }
    }

    public void Commit() => _commit.Start().Run();

    /// <summary>Rolls the transaction back, if SQLite has not done so after an error.</summary>
    public void RollBack()
    {
        if (IsInTransaction)
        {
            // After a full disk or a read error the transaction has ended as well, whatever ROLLBACK reports.
            _ = _rollBack.Start().TryStep();
            _rollBack.Dispose();
        }
    }

    /// <summary>
    /// Moves the write-ahead log into the file and empties it, if no reader blocks it. Data that secure_delete has overwritten in
    /// the file would otherwise stay in the log until the log is used again.
    /// </summary>
    public void TryForgetErased() => _ = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _);

    /// <summary>Moves the whole write-ahead log into the file. No other connection may have the file open.</summary>
    public void EmptyLog() => Check(raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_TRUNCATE, out _, out _));

    /// <summary>
    /// Moves the part of the write-ahead log that readers do not need into the file. Neither waits for others nor blocks them.
    /// </summary>
    /// <param name="pages">The number of pages in the log, without those written in the meantime.</param>
    /// <returns>Whether all of them were moved.</returns>
    public bool TryMoveLog(out int pages) =>
        raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out pages, out int moved) == raw.SQLITE_OK
            && moved == pages;

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Explain(code);
        }
    }

    private StateStoreException Explain(int code) => SqliteError.Explain(
        code, raw.sqlite3_errmsg(_handle).utf8_to_string(), Path, () => !_ignoresLog && IsWholeAnew(Path));

    /// <summary>Whether a file is whole when a new connection reads all of it.</summary>
    private static bool IsWholeAnew(string path)
    {
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        using (handle)
        {
            if (code != raw.SQLITE_OK
                || raw.sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", out sqlite3_stmt check) != raw.SQLITE_OK)
            {
                return false;
            }

            using (check)
            {
                return raw.sqlite3_step(check) == raw.SQLITE_ROW && raw.sqlite3_column_text(check, 0).utf8_to_string() == "ok";
            }
        }
    }

    private DbCommand CreateCommand(string sql)
    {
        DbCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    // SQLite's rules for URIs: slashes only, and one before a drive letter.
    private static string Escape(string path)
    {
        string escaped = path.Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3f", StringComparison.Ordinal)
            .Replace("#", "%23", StringComparison.Ordinal);
        return OperatingSystem.IsWindows() ? "/" + escaped.Replace('\\', '/') : escaped;
    }

    public void Dispose()
    {
        foreach (NativeStatement statement in _statements)
        {
            statement.Close();
        }

        foreach (ICursor cursor in _cursors)
        {
            cursor.Dispose();
        }

        _connection.Dispose();
    }
}
