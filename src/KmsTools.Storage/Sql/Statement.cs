using System.Collections.Immutable;
using System.Data.Common;
using System.Runtime.InteropServices;

namespace KmsTools.Storage.Sql;

/// <summary>
/// A statement of one connection, prepared at its first execution and kept. Parameters and columns have names: one that is misspelled,
/// missing or in another's place is an exception at the first execution.
/// </summary>
/// <param name="database">The connection.</param>
/// <param name="sql">One statement; parameters are written as @name.</param>
internal sealed class Statement(IDatabase database, string sql)
{
    private readonly List<DbParameter> _parameters = [];
    private DbCommand? _command;
    private Row? _row;
    private bool _isPrepared;
    private int _bound;

    /// <summary>Executes a statement that returns no rows.</summary>
    public void Run(params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Bind(parameters);
        Run();
    }

    /// <summary>Executes a statement that returns no rows, with values of a row.</summary>
    /// <param name="parameters">The parameters, in their order.</param>
    /// <param name="values">The values of the row, as they are stored.</param>
    public void Run(ImmutableArray<RowParameter> parameters, object[] values)
    {
        Start();
        foreach (RowParameter parameter in parameters)
        {
            Bind(parameter.Name, values[parameter.Index]);
        }

        Run();
    }

    /// <summary>The first row; the default value if there is none.</summary>
    public T? Find<T>(Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Bind(parameters);
        return Read(reader => reader.Read() ? read(RowOf(reader)) : default);
    }

    /// <summary>All rows.</summary>
    public ImmutableArray<T> List<T>(Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Bind(parameters);
        return Read(reader =>
        {
            ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
            while (reader.Read())
            {
                items.Add(read(RowOf(reader)));
            }

            return items.DrainToImmutable();
        });
    }

    /// <summary>A value as it is stored: times are unix milliseconds, flags 0 and 1, and enumerations their names.</summary>
    public static object ToStored(object? value) => value switch
    {
        null => DBNull.Value,
        bool flag => flag ? 1L : 0L,
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        Enum name => name.ToString(),
        ImmutableArray<byte> bytes => ImmutableCollectionsMarshal.AsArray(bytes)!,
        ReadOnlyMemory<byte> bytes => bytes.ToArray(),
        _ => value,
    };

    private void Bind(ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Start();
        foreach ((string name, object? value) in parameters)
        {
            Bind(name, value);
        }
    }

    private void Start()
    {
        if (_command is null)
        {
            _command = database.CreateCommand();
            _command.CommandText = sql;
        }

        _bound = 0;
    }

    private void Bind(string name, object? value)
    {
        if (!_isPrepared && _bound == _parameters.Count)
        {
            DbParameter added = _command!.CreateParameter();
            added.ParameterName = "@" + name;
            _command.Parameters.Add(added);
            _parameters.Add(added);
        }

        if (_bound == _parameters.Count || !_parameters[_bound].ParameterName.AsSpan(1).SequenceEqual(name))
        {
            throw new InvalidOperationException($"@{name} is not the next parameter of: {sql}");
        }

        _parameters[_bound++].Value = ToStored(value);
    }

    private void Run()
    {
        try
        {
            Prepare().ExecuteNonQuery();
        }
        catch (DbException exception)
        {
            throw database.Explain(exception);
        }
    }

    private T Read<T>(Func<DbDataReader, T> read)
    {
        try
        {
            using DbDataReader reader = Prepare().ExecuteReader();
            return read(reader);
        }
        catch (DbException exception)
        {
            throw database.Explain(exception);
        }
    }

    private DbCommand Prepare()
    {
        if (_bound != _parameters.Count)
        {
            throw new InvalidOperationException($"@{_parameters[_bound].ParameterName[1..]} is missing in: {sql}");
        }

        if (!_isPrepared)
        {
            _command!.Prepare();
            _isPrepared = true;
        }

        return _command!;
    }

    // A prepared statement has the same columns at every execution.
    private Row RowOf(DbDataReader reader) => (_row ??= new Row(reader, sql, database)).At(reader);
}
