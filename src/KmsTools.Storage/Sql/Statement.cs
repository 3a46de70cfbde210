using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace KmsTools.Storage.Sql;

/// <summary>
/// A statement of one connection, prepared at its first execution and kept. Parameters and columns have names: one that is misspelled,
/// missing or in another's place is an exception at the first execution.
/// </summary>
/// <param name="database">The connection.</param>
/// <param name="sql">One statement; parameters are written as @name.</param>
/// <param name="isHot">Whether changes or calls execute it so often that its cost matters.</param>
internal sealed class Statement(IDatabase database, string sql, bool isHot = false)
{
    private readonly List<string> _parameters = [];
    private ICursor? _cursor;
    private Row? _row;
    private bool _isComplete;
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
        ICursor cursor = Complete();
        try
        {
            cursor.Start();
            return cursor.Step() ? read(RowOf(cursor)) : default;
        }
        finally
        {
            cursor.End();
        }
    }

    /// <summary>All rows.</summary>
    public ImmutableArray<T> List<T>(Func<Row, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Bind(parameters);
        ICursor cursor = Complete();
        try
        {
            cursor.Start();
            if (!cursor.Step())
            {
                return [];
            }

            ImmutableArray<T>.Builder items = ImmutableArray.CreateBuilder<T>();
            do
            {
                items.Add(read(RowOf(cursor)));
            }
            while (cursor.Step());
            return items.DrainToImmutable();
        }
        finally
        {
            cursor.End();
        }
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
        _cursor ??= database.Open(sql, isHot);
        _bound = 0;
    }

    private void Bind(string name, object? value)
    {
        if (!_isComplete && _bound == _parameters.Count)
        {
            _cursor!.Declare(name);
            _parameters.Add(name);
        }

        if (_bound == _parameters.Count || _parameters[_bound] != name)
        {
            throw new InvalidOperationException($"@{name} is not the next parameter of: {sql}");
        }

        _cursor!.Bind(_bound++, ToStored(value));
    }

    private void Run() => Complete().Run();

    private ICursor Complete()
    {
        if (_bound != _parameters.Count)
        {
            throw new InvalidOperationException($"@{_parameters[_bound]} is missing in: {sql}");
        }

        _isComplete = true;
        return _cursor!;
    }

    // A prepared statement has the same columns at every execution.
    private Row RowOf(ICursor cursor) => (_row ??= new Row(cursor, sql, database)).Next();
}
