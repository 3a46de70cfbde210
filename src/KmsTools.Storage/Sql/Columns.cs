using System.Collections.Immutable;

namespace KmsTools.Storage.Sql;

/// <summary>A column, and its value in an object that is stored.</summary>
internal sealed record Column<T>(string Name, Func<T, object?> Value);

/// <summary>A parameter of a statement that writes a row: its name, and where its value is among those of the row.</summary>
internal readonly record struct RowParameter(string Name, int Index);

/// <summary>
/// How objects are stored in a table: the one place where its columns are listed, each beside its value. All statements that write rows
/// are made from it, and the MAC that authenticates each row. Nothing is read from a row whose MAC is not that of its content.
/// </summary>
/// <param name="table">The name of the table.</param>
/// <param name="read">Makes the object of a row.</param>
/// <param name="isAuthenticated">Whether its rows have a MAC.</param>
internal sealed class Columns<T>(string table, Func<Row, T> read, bool isAuthenticated = true)
{
    private readonly List<Column<T>> _key = [];
    private readonly List<Column<T>> _fixed = [];
    private readonly List<Column<T>> _changing = [];

    /// <summary>The name of the table.</summary>
    public string Table => table;

    /// <summary>Makes the object of a row that is authentic.</summary>
    public Func<Row, T> Read => field ??= Authentic(read);

    /// <summary>What an inserted row needs: all columns.</summary>
    public ImmutableArray<RowParameter> Inserted => field.IsDefault ? field = Parameters([.. Stored.Select(Name), .. Mac]) : field;

    /// <summary>What a change of a row needs.</summary>
    public ImmutableArray<RowParameter> Updated =>
        field.IsDefault ? field = Parameters([.. _changing.Select(Name), .. Mac, .. _key.Select(Name)]) : field;

    public string Select => field ??= $"SELECT {Names(Inserted)} FROM {table} ";

    public string Find => field ??= Select + WhereKey;

    public string Insert => field ??=
        $"INSERT INTO {table} ({Names(Inserted)}) VALUES (@{string.Join(", @", Inserted.Select(static column => column.Name))})";

    public string Update => field ??= $"UPDATE {table} SET {Assignments([.. _changing.Select(Name), .. Mac], "@")} {WhereKey}";

    /// <summary>Inserts a row, or replaces all but its key.</summary>
    public string Put => field ??= $"{Insert} ON CONFLICT ({string.Join(", ", KeyNames)}) DO "
        + (_fixed.Count + _changing.Count == 0 ? "NOTHING"
            : $"UPDATE SET {Assignments([.. _fixed.Select(Name), .. _changing.Select(Name), .. Mac], "excluded.")}");

    public string Delete => field ??= $"DELETE FROM {table} {WhereKey}";

    private ImmutableArray<Column<T>> Stored => field.IsDefault ? field = [.. _key, .. _fixed, .. _changing] : field;

    private string[] KeyNames => field ??= [.. _key.Select(Name)];

    // The positions of the columns in the order in which the MAC covers them.
    private int[] Covered => field ??=
        [.. Enumerable.Range(0, Stored.Length).OrderBy(index => Stored[index].Name, StringComparer.Ordinal)];

    private string[] Mac => isAuthenticated ? [RowAuthenticator.Column] : [];

    private string WhereKey => "WHERE " + string.Join(" AND ", KeyNames.Select(static name => $"{name} = @{name}"));

    /// <summary>Adds a column of the primary key.</summary>
    public Columns<T> Key(string name, Func<T, object?> value) => Add(_key, name, value);

    /// <summary>Adds a column that keeps its value as long as the row exists.</summary>
    public Columns<T> Fixed(string name, Func<T, object?> value) => Add(_fixed, name, value);

    /// <summary>Adds a column whose value changes.</summary>
    public Columns<T> Changing(string name, Func<T, object?> value) => Add(_changing, name, value);

    /// <summary>Makes a reader of whole rows read only those that are authentic.</summary>
    public Func<Row, TResult> Authentic<TResult>(Func<Row, TResult> readRow) => !isAuthenticated ? readRow : row =>
    {
        row.RequireAuthentic(table, KeyNames);
        return readRow(row);
    };

    /// <summary>The values that are stored for an object, in the order of <see cref="Inserted"/>.</summary>
    public object[] ValuesOf(T item, IDatabase database)
    {
        object[] values = new object[Stored.Length + Mac.Length];
        for (int i = 0; i < Stored.Length; i++)
        {
            values[i] = Statement.ToStored(Stored[i].Value(item));
        }

        if (isAuthenticated)
        {
            RowAuthenticator row = database.Rows.Begin(table);
            foreach (int index in Covered)
            {
                row.Add(Stored[index].Name, values[index]);
            }

            values[^1] = row.End();
        }

        return values;
    }

    private static string Name(Column<T> column) => column.Name;

    private static string Names(ImmutableArray<RowParameter> columns) => string.Join(", ", columns.Select(static column => column.Name));

    private static string Assignments(IEnumerable<string> columns, string source) =>
        string.Join(", ", columns.Select(column => $"{column} = {source}{column}"));

    private ImmutableArray<RowParameter> Parameters(IEnumerable<string> names)
    {
        string[] all = [.. Stored.Select(Name), .. Mac];
        return [.. names.Select(name => new RowParameter(name, Array.IndexOf(all, name)))];
    }

    private Columns<T> Add(List<Column<T>> columns, string name, Func<T, object?> value)
    {
        columns.Add(new Column<T>(name, value));
        return this;
    }
}
