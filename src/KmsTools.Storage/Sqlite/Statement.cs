using System.Buffers;
using System.Text;
using SQLitePCL;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// A prepared statement that is used repeatedly by one connection: Start, bind in order, Step, read columns. Dispose ends the
/// execution only; the connection finalizes its statements.
/// </summary>
internal sealed class Statement(Database database, string sql) : IDisposable
{
    private const int StackBytes = 512;

    private sqlite3_stmt? _handle;
    private int _parameter;

    /// <summary>Begins an execution.</summary>
    public Statement Start()
    {
        _handle ??= database.Compile(sql);
        _parameter = 0;
        return this;
    }

    public Statement Bind(long value) => Bound(raw.sqlite3_bind_int64(_handle, ++_parameter, value));

    public Statement Bind(long? value) => value is long number ? Bind(number) : BindNull();

    public Statement Bind(bool value) => Bind(value ? 1L : 0L);

    public Statement Bind(DateTimeOffset value) => Bind(value.ToUnixTimeMilliseconds());

    public Statement Bind(DateTimeOffset? value) => value is DateTimeOffset time ? Bind(time) : BindNull();

    public Statement Bind<TEnum>(TEnum value)
        where TEnum : struct, Enum => Bind(EnumNames<TEnum>.Of(value));

    public Statement Bind<TEnum>(TEnum? value)
        where TEnum : struct, Enum => value is TEnum name ? Bind(name) : BindNull();

    public Statement Bind(ReadOnlySpan<byte> value) => Bound(
        value.IsEmpty
            ? raw.sqlite3_bind_zeroblob(_handle, ++_parameter, 0)
            : raw.sqlite3_bind_blob(_handle, ++_parameter, value));

    public Statement BindOrNull(ReadOnlyMemory<byte>? value) => value is { } bytes ? Bind(bytes.Span) : BindNull();

    public Statement Bind(string? value)
    {
        if (value is null)
        {
            return BindNull();
        }

        if (value.Length == 0)
        {
            // An empty span is a null pointer, which SQLite interprets as NULL.
            return Bound(raw.sqlite3_bind_text(_handle, ++_parameter, ""));
        }

        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[]? rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> buffer = rented ?? stackalloc byte[StackBytes];
        int length = Encoding.UTF8.GetBytes(value, buffer);
        int code = raw.sqlite3_bind_text(_handle, ++_parameter, buffer[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return Bound(code);
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

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(_handle, column);

    public long? NumberOrNull(int column) => IsNull(column) ? null : Number(column);

    public bool Flag(int column) => Number(column) != 0;

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_handle, column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_handle, column).ToArray();

    public ReadOnlySpan<byte> Span(int column) => raw.sqlite3_column_blob(_handle, column);

    public DateTimeOffset Time(int column) => DateTimeOffset.FromUnixTimeMilliseconds(Number(column));

    public DateTimeOffset? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

    public TEnum Name<TEnum>(int column)
        where TEnum : struct, Enum => EnumNames<TEnum>.Parse(Text(column));

    public TEnum? NameOrNull<TEnum>(int column)
        where TEnum : struct, Enum => IsNull(column) ? null : Name<TEnum>(column);

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

    private Statement BindNull() => Bound(raw.sqlite3_bind_null(_handle, ++_parameter));

    private Statement Bound(int code)
    {
        database.Check(code);
        return this;
    }
}
