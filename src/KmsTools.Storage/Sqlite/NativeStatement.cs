using System.Buffers;
using System.Text;
using SQLitePCL;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// A prepared statement by SQLite's own API, for settings and locks: a command of ADO.NET waits 145 ms for a lock that is free after 5.
/// Start, bind, Step, read columns. Dispose ends the execution only; the connection finalizes its statements.
/// </summary>
/// <param name="database">The connection.</param>
/// <param name="sql">One statement.</param>
/// <param name="parameters">The names of its parameters, in their order; each binding is checked against them.</param>
internal sealed class NativeStatement(Database database, string sql, params string[] parameters) : IDisposable
{
    private const int StackBytes = 512;

    private sqlite3_stmt? _handle;
    private int _bound;

    /// <summary>Begins an execution.</summary>
    public NativeStatement Start()
    {
        _handle ??= database.Compile(sql);
        _bound = 0;
        return this;
    }

    public NativeStatement Bind(string name, long value) => Bound(raw.sqlite3_bind_int64(_handle, Next(name), value));

    public NativeStatement Bind(string name, ReadOnlySpan<byte> value) => Bound(raw.sqlite3_bind_blob(_handle, Next(name), value));

    public NativeStatement Bind(string name, string? value) => value is null
        ? Bound(raw.sqlite3_bind_null(_handle, Next(name)))
        : Bound(BindText(_handle, Next(name), value));

    /// <summary>Binds a text without an array for its bytes.</summary>
    /// <returns>The result code of SQLite.</returns>
    public static int BindText(sqlite3_stmt? handle, int index, string value)
    {
        if (value.Length == 0)
        {
            // An empty span is a null pointer, which SQLite interprets as NULL.
            return raw.sqlite3_bind_text(handle, index, "");
        }

        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> buffer = rented ?? stackalloc byte[StackBytes];
        int length = Encoding.UTF8.GetBytes(value, buffer);
        int code = raw.sqlite3_bind_text(handle, index, buffer[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return code;
    }

    /// <summary>Moves to the next row; false if there is none.</summary>
    public bool Step()
    {
        int code = TryStep();
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            database.Check(code);
        }

        return code == raw.SQLITE_ROW;
    }

    /// <summary>Moves to the next row and returns the result code of SQLite.</summary>
    public int TryStep() => raw.sqlite3_step(_handle);

    /// <summary>Executes a statement that returns no rows.</summary>
    public void Run()
    {
        try
        {
            Step();
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>A column of the row.</summary>
    public long Number(int column = 0) => raw.sqlite3_column_int64(_handle, column);

    /// <summary>A column of the row.</summary>
    public string Text(int column = 0) => raw.sqlite3_column_text(_handle, column).utf8_to_string();

    /// <summary>Ends the execution; the statement can be started again.</summary>
    public void Dispose()
    {
        if (_handle is not null)
        {
            // Repeats the error of the last step, which Step has reported.
            _ = raw.sqlite3_reset(_handle);
        }
    }

    /// <summary>Finalizes the statement.</summary>
    public void Close()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private int Next(string name) => parameters[_bound] == name
        ? ++_bound
        : throw new InvalidOperationException($"'{name}' is not the next parameter of: {sql}");

    private NativeStatement Bound(int code)
    {
        database.Check(code);
        return this;
    }
}
