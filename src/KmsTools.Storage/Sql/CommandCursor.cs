using System.Data.Common;

namespace KmsTools.Storage.Sql;

/// <summary>Executes a statement by a command of ADO.NET.</summary>
/// <param name="database">Explains its errors.</param>
/// <param name="command">The command, with its text.</param>
internal sealed class CommandCursor(IDatabase database, DbCommand command) : ICursor
{
    private DbDataReader? _reader;
    private bool _isPrepared;

    public int ColumnCount => Reader.FieldCount;

    private DbDataReader Reader => _reader ?? throw new InvalidOperationException("The statement was not started.");

    public void Declare(string name)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name;
        command.Parameters.Add(parameter);
    }

    public void Bind(int index, object value) => command.Parameters[index].Value = value;

    public void Run() => Explained(() => Prepared().ExecuteNonQuery());

    public void Start() => _reader = Explained(() => Prepared().ExecuteReader());

    public bool Step() => Explained(Reader.Read);

    public void End()
    {
        _reader?.Dispose();
        _reader = null;
    }

    public string Name(int column) => Reader.GetName(column);

    public object Value(int column) => Reader.GetValue(column);

    public bool IsNull(int column) => Reader.IsDBNull(column);

    public long Number(int column) => Reader.GetInt64(column);

    public string Text(int column) => Reader.GetString(column);

    public byte[] Bytes(int column) => Reader.GetFieldValue<byte[]>(column);

    public void Dispose() => command.Dispose();

    private DbCommand Prepared()
    {
        if (!_isPrepared)
        {
            command.Prepare();
            _isPrepared = true;
        }

        return command;
    }

    private T Explained<T>(Func<T> execute)
    {
        try
        {
            return execute();
        }
        catch (DbException exception)
        {
            throw database.Explain(exception);
        }
    }
}
