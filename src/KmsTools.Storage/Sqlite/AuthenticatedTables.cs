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

    /// <summary>Gives each row the MAC of its present content.</summary>
    public void AuthenticateAll()
    {
        foreach (TableColumns table in _tables)
        {
            _database.Execute($"UPDATE {table.Name} SET {RowAuthenticator.Column} = {table.Mac}");
        }
    }

    /// <summary>Finds all rows whose MAC is not that of their content, and those that cannot be read.</summary>
    /// <param name="found">Gets each finding.</param>
    /// <returns>The number of rows whose MAC was compared.</returns>
    public long Verify(Action<StoreFinding> found)
    {
        long count = 0;
        foreach (TableColumns table in _tables)
        {
            string find = $"SELECT {table.KeyText} FROM {table.Name} WHERE {RowAuthenticator.Column} IS NOT {table.Mac}";
            try
            {
                List<string> damaged = _database.ReadAll(find, static row => row.Text());
                count += _database.ReadNumber($"SELECT count(*) FROM {table.Name}");
                damaged.ForEach(key => found(RecordFindings.FindChanged(table.Name, key)));
            }
            catch (StateStoreException exception) when (IsUnreadable(exception))
            {
                count += VerifyOneByOne(table, found);
            }
        }

        return count;
    }

    private static bool IsUnreadable(StateStoreException exception) => exception.InnerException is SqliteError { IsIncomplete: true };

    // A page of the table is damaged: what is on the others is verified, and what is not is named, as far as an index or the neighbours
    // say it.
    private long VerifyOneByOne(TableColumns table, Action<StoreFinding> found)
    {
        string select = $"SELECT {table.KeyText}, {table.KeyFilter} FROM {table.Name} ORDER BY";
        bool isWhole = TryReadAll($"{select} {string.Join(", ", table.Key)}", out List<(string Key, string Filter)> rows);
        if (!isWhole)
        {
            TryReadAll(
                $"{select} {string.Join(", ", table.Key.Select(static column => column + " DESC"))}",
                out List<(string Key, string Filter)> behind);
            found(RecordFindings.FindUnreadable(table.Name, rows.LastOrDefault().Key, behind.LastOrDefault().Key));
            rows.AddRange(behind);
        }

        long count = 0;
        foreach ((string key, string filter) in rows.Distinct())
        {
            try
            {
                string isChanged = $"SELECT {RowAuthenticator.Column} IS NOT {table.Mac} FROM {table.Name} WHERE {filter}";
                if (_database.ReadNumber(isChanged) != 0)
                {
                    found(RecordFindings.FindChanged(table.Name, key));
                }

                count++;
            }
            catch (StateStoreException exception) when (IsUnreadable(exception))
            {
                found(RecordFindings.FindUnreadable(table.Name, key));
            }
        }

        return count;
    }

    // What was read up to where a page cannot be read.
    private bool TryReadAll(string sql, out List<(string Key, string Filter)> rows)
    {
        List<(string Key, string Filter)> read = rows = [];
        try
        {
            _database.ReadAll(sql, row =>
            {
                read.Add((row.Text(0), row.Text(1)));
                return true;
            });
            return true;
        }
        catch (StateStoreException exception) when (IsUnreadable(exception))
        {
            return false;
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
        /// <summary>An expression for the columns of the primary key with their values, as people read it.</summary>
        public string KeyText => string.Join(" || ', ' || ", Key.Select(static column => $"'{column}=' || {column}"));

        /// <summary>An expression for a condition that holds for one row.</summary>
        public string KeyFilter => string.Join(" || ' AND ' || ", Key.Select(static column => $"'{column} = ' || quote({column})"));

        public string Mac => $"{Function}('{Name}', {string.Join(", ", Covered.Select(static column =>
            $"typeof({column}) = 'text', CASE typeof({column}) WHEN 'text' THEN CAST({column} AS BLOB) ELSE {column} END"))})";
    }
}
