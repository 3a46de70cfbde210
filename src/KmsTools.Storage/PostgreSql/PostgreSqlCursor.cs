using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>Executes a statement over Npgsql, which prepares it by itself.</summary>
/// <param name="database">The connection.</param>
/// <param name="sql">One statement; parameters are written as @name.</param>
internal sealed class PostgreSqlCursor(PostgreSqlDatabase database, string sql) : ICursor
{
    private readonly StatementText _text = StatementText.Of(sql);
    private readonly List<int> _positions = [];
    private readonly object[] _values = new object[StatementText.Of(sql).Parameters.Length];
    private NpgsqlDataReader? _reader;

    public int ColumnCount => Reader.FieldCount;

    private NpgsqlDataReader Reader => _reader ?? throw new InvalidOperationException("The statement was not started.");

    public void Declare(string name)
    {
        int position = _text.Parameters.IndexOf(name);
        if (position < 0)
        {
            throw new InvalidOperationException($"There is no parameter @{name} in: {sql}");
        }

        _positions.Add(position);
    }

    public void Bind(int index, object value) => _values[_positions[index]] = value is int number ? (long)number : value;

    public void Run() => database.Run(Command());

    public void Start() => _reader = database.Query(Command());

    public bool Step() => database.Explained(Reader.Read);

    public void End()
    {
        if (_reader is { } reader)
        {
            _reader = null;
            database.EndQuery(reader);
        }
    }

    public string Name(int column) => Reader.GetName(column);

    public object Value(int column) => Reader.GetValue(column) switch
    {
        int number => (long)number,
        bool flag => flag ? 1L : 0L,
        decimal number when decimal.IsInteger(number) => (long)number,
        string text => StoredText.Read(text),
        object value => value,
    };

    public bool IsNull(int column) => Reader.IsDBNull(column);

    public long Number(int column) => Reader.GetFieldType(column) == typeof(long) ? Reader.GetInt64(column) : (long)Value(column);

    public string Text(int column) => StoredText.Read(Reader.GetString(column));

    public byte[] Bytes(int column) => Reader.GetFieldValue<byte[]>(column);

    public void Dispose() => End();

    private NpgsqlBatchCommand Command() => _positions.Count == _values.Length
        ? database.Explained(() => _text.Command(_values, database.Connect))
        : throw new InvalidOperationException($"A parameter is missing in: {sql}");
}
