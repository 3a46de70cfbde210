using System.Collections.Immutable;
using System.Text;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// All tables whose rows have a MAC, whatever their columns: to add the MACs to rows that an earlier version wrote, and to verify all of
/// them. Rows that are read are verified by <see cref="Columns{T}"/>.
/// </summary>
internal sealed class AuthenticatedTables
{
    // row_mac(table, isText, value, ...) with the values in the order in which the MAC covers them. Texts are passed as their bytes: what
    // reads the arguments of a function takes U+0000 for the end of a text.
    private const string Function = "row_mac";

    private readonly Database _database;
    private readonly ImmutableArray<TableColumns> _tables;

    /// <summary>Finds the tables. The connection has the key.</summary>
    public AuthenticatedTables(Database database)
    {
        _database = database;
        const string list =
            """
            SELECT tables.name, columns.name, columns.pk FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' ORDER BY tables.name
            """;
        _tables =
        [
            .. database.ReadAll(list, static row => (Table: row.Text(0), Column: row.Text(1), KeyPosition: row.Number(2)))
                .GroupBy(static column => column.Table)
                .Where(static table => table.Any(static column => column.Column == RowAuthenticator.Column))
                .Select(static table => new TableColumns(
                    table.Key,
                    [
                        .. table.Select(static column => column.Column).Where(static column => column != RowAuthenticator.Column)
                            .Order(StringComparer.Ordinal),
                    ],
                    [
                        .. table.Where(static column => column.KeyPosition > 0).OrderBy(static column => column.KeyPosition)
                            .Select(static column => column.Column),
                    ])),
        ];
        Dictionary<string, TableColumns> byName = _tables.ToDictionary(static table => table.Name);
        database.Define(Function, values => Compute(byName[(string)values[0]!], values));
    }

    /// <summary>The names of the tables.</summary>
    public IEnumerable<string> Names => _tables.Select(static table => table.Name);

    /// <summary>The number of rows.</summary>
    public long Count() => _tables.Sum(table => _database.ReadNumber($"SELECT count(*) FROM {table.Name}"));

    /// <summary>Gives each row the MAC of its present content.</summary>
    public void AuthenticateAll()
    {
        foreach (TableColumns table in _tables)
        {
            _database.Execute($"UPDATE {table.Name} SET {RowAuthenticator.Column} = {table.Mac}");
        }
    }

    /// <summary>Finds all rows whose MAC is not that of their content.</summary>
    public IEnumerable<StoreDamage> FindDamage()
    {
        foreach (TableColumns table in _tables)
        {
            string key = string.Join(" || ', ' || ", table.Key.Select(static column => $"'{column}=' || {column}"));
            string find = $"SELECT {key} FROM {table.Name} WHERE {RowAuthenticator.Column} IS NOT {table.Mac}";
            foreach (string damaged in _database.ReadAll(find, static row => row.Text()))
            {
                yield return new StoreDamage(table.Name, damaged);
            }
        }
    }

    private byte[] Compute(TableColumns table, object?[] values)
    {
        RowAuthenticator row = _database.Rows.Begin(table.Name);
        for (int i = 0; i < table.Covered.Length; i++)
        {
            object? value = values[(2 * i) + 2];
            row.Add(table.Covered[i], values[(2 * i) + 1] is 1L ? Encoding.UTF8.GetString(value as byte[] ?? []) : value);
        }

        return row.End();
    }

    private sealed record TableColumns(string Name, ImmutableArray<string> Covered, ImmutableArray<string> Key)
    {
        public string Mac => $"{Function}('{Name}', {string.Join(", ", Covered.Select(static column =>
            $"typeof({column}) = 'text', CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"))})";
    }
}
