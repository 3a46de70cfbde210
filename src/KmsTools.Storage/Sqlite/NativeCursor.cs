using KmsTools.Storage.Sql;
using SQLitePCL;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Executes a statement by SQLite's own API, for those that changes and calls execute all the time: a command of ADO.NET allocates 1 KB
/// at each execution, and takes 10 us more. The connection finalizes it.
/// </summary>
/// <param name="database">The connection.</param>
/// <param name="sql">One statement; parameters are written as @name.</param>
internal sealed class NativeCursor(Database database, string sql) : ICursor
{
    private readonly sqlite3_stmt _handle = database.Compile(sql);
    private readonly List<int> _parameters = [];
    private bool _isComplete;

    public int ColumnCount => raw.sqlite3_column_count(_handle);

    public void Declare(string name)
    {
        int position = raw.sqlite3_bind_parameter_index(_handle, "@" + name);
        if (position == 0)
        {
            throw new InvalidOperationException($"There is no parameter @{name} in: {sql}");
        }

        _parameters.Add(position);
    }

    public void Bind(int index, object value)
    {
        int position = _parameters[index];
        database.Check(value switch
        {
            long number => raw.sqlite3_bind_int64(_handle, position, number),
            int number => raw.sqlite3_bind_int64(_handle, position, number),
            string text => NativeStatement.BindText(_handle, position, text),

            // An empty span is a null pointer, which SQLite interprets as NULL.
            byte[] { Length: 0 } => raw.sqlite3_bind_zeroblob(_handle, position, 0),
            byte[] bytes => raw.sqlite3_bind_blob(_handle, position, bytes),
            DBNull => raw.sqlite3_bind_null(_handle, position),
            _ => throw new InvalidOperationException($"A {value.GetType()} cannot be stored."),
        });
    }

    public void Run()
    {
        try
        {
            Start();
            Step();
        }
        finally
        {
            End();
        }
    }

    public void Start()
    {
        if (!_isComplete && raw.sqlite3_bind_parameter_count(_handle) != _parameters.Count)
        {
            throw new InvalidOperationException($"A parameter is missing in: {sql}");
        }

        _isComplete = true;
    }

    public bool Step()
    {
        int code = raw.sqlite3_step(_handle);
        if (code is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            database.Check(code);
        }

        return code == raw.SQLITE_ROW;
    }

    // Repeats the error of the last step, which Step has reported.
    public void End() => _ = raw.sqlite3_reset(_handle);

    public string Name(int column) => raw.sqlite3_column_name(_handle, column).utf8_to_string();

    public object Value(int column) => raw.sqlite3_column_type(_handle, column) switch
    {
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(_handle, column),
        raw.SQLITE_TEXT => raw.sqlite3_column_text(_handle, column).utf8_to_string(),
        raw.SQLITE_BLOB => Bytes(column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(_handle, column),
        _ => DBNull.Value,
    };

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(_handle, Present(column));

    public string Text(int column) => raw.sqlite3_column_text(_handle, Present(column)).utf8_to_string();

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_handle, Present(column)).ToArray();

    public void Dispose() => _handle.Dispose();

    private int Present(int column) =>
        IsNull(column) ? throw new InvalidOperationException($"Column '{Name(column)}' is NULL in: {sql}") : column;
}
