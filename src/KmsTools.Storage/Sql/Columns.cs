using System.Collections.Immutable;

namespace KmsTools.Storage.Sql;

/// <summary>A column, and its value in an object that is stored.</summary>
internal sealed record Column<T>(string Name, Func<T, object?> Value);

/// <summary>
/// How objects are stored in a table: the one place where its columns are listed, each beside its value. All statements that write rows
/// are made from it.
/// </summary>
/// <param name="table">The name of the table.</param>
/// <param name="read">Makes the object of a row.</param>
internal sealed class Columns<T>(string table, Func<Row, T> read)
{
    private readonly List<Column<T>> _key = [];
    private readonly List<Column<T>> _fixed = [];
    private readonly List<Column<T>> _changing = [];

    public Func<Row, T> Read { get; } = read;

    /// <summary>All columns: what an inserted row needs.</summary>
    public ImmutableArray<Column<T>> Inserted => field.IsDefault ? field = [.. _key, .. _fixed, .. _changing] : field;

    /// <summary>What a change of a row needs.</summary>
    public ImmutableArray<Column<T>> Updated => field.IsDefault ? field = [.. _changing, .. _key] : field;

    public string Select => field ??= $"SELECT {Names(Inserted)} FROM {table} ";

    public string Find => field ??= Select + WhereKey;

    public string Insert => field ??= $"INSERT INTO {table} ({Names(Inserted)}) VALUES (@{string.Join(", @", Inserted.Select(Name))})";

    public string Update => field ??= $"UPDATE {table} SET {Assignments(_changing, "@")} {WhereKey}";

    /// <summary>Inserts a row, or replaces all but its key.</summary>
    public string Put => field ??= $"{Insert} ON CONFLICT ({Names(_key)}) DO "
        + (_fixed.Count + _changing.Count == 0 ? "NOTHING" : $"UPDATE SET {Assignments([.. _fixed, .. _changing], "excluded.")}");

    public string Delete => field ??= $"DELETE FROM {table} {WhereKey}";

    private string WhereKey => "WHERE " + string.Join(" AND ", _key.Select(static column => $"{column.Name} = @{column.Name}"));

    /// <summary>Adds a column of the primary key.</summary>
    public Columns<T> Key(string name, Func<T, object?> value) => Add(_key, name, value);

    /// <summary>Adds a column that keeps its value as long as the row exists.</summary>
    public Columns<T> Fixed(string name, Func<T, object?> value) => Add(_fixed, name, value);

    /// <summary>Adds a column whose value changes.</summary>
    public Columns<T> Changing(string name, Func<T, object?> value) => Add(_changing, name, value);

    private static string Names(IEnumerable<Column<T>> columns) => string.Join(", ", columns.Select(Name));

    private static string Name(Column<T> column) => column.Name;

    private static string Assignments(IEnumerable<Column<T>> columns, string source) =>
        string.Join(", ", columns.Select(column => $"{column.Name} = {source}{column.Name}"));

    private Columns<T> Add(List<Column<T>> columns, string name, Func<T, object?> value)
    {
        columns.Add(new Column<T>(name, value));
        return this;
    }
}
