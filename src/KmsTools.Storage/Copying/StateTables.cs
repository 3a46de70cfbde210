using System.Collections.Immutable;
using KmsTools.Storage.Sql;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Copying;

/// <summary>The tables of state.db, in an order in which each comes after those that its rows belong to.</summary>
internal static class StateTables
{
    /// <summary>The table that triggers change when rows of others are inserted: it comes last.</summary>
    private const string Revision = "authorization_revision";

    /// <summary>The tables whose rows triggers of state.db make from those of others.</summary>
    private static readonly string[] s_counts = ["key_counts", "grant_counts"];

    private static readonly string[] s_first = ["keys", "hsm_backups"];

    /// <summary>All tables of a database.</summary>
    public static ImmutableArray<TableShape> List(Database database)
    {
        const string columns =
            """
            SELECT tables.name, columns.name, columns.type, columns.pk
            FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
            WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite\_%' ESCAPE '\'
            ORDER BY tables.name, columns.cid
            """;
        return
        [
            .. database.ReadAll(columns, static row => (Table: row.Text(0), Name: row.Text(1), Type: row.Text(2), KeyAt: row.Number(3)))
                .GroupBy(static column => column.Table)
                .Select(static table => new TableShape(
                    table.Key,
                    [.. table.Select(static column => new TableColumn(column.Name, KindOf(column.Type)))],
                    [
                        .. table.Where(static column => column.KeyAt > 0).OrderBy(static column => column.KeyAt)
                            .Select(static column => column.Name),
                    ]))
                .OrderBy(static table => s_first.Contains(table.Name) ? 0 : table.Name == Revision ? 2 : 1)
                .ThenBy(static table => table.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether triggers of state.db make the rows of a table from those of others.</summary>
    public static bool IsCounted(TableShape table) => s_counts.Contains(table.Name);

    /// <summary>Reads the rows of a table. Each is valid until the next one is read.</summary>
    public static IEnumerable<object[]> Read(Database database, TableShape table)
    {
        ICursor cursor = database.Open(table.Select, isHot: true);
        object[] row = new object[table.Columns.Length];
        cursor.Start();
        try
        {
            while (cursor.Step())
            {
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] = cursor.Value(i);
                }

                yield return row;
            }
        }
        finally
        {
            cursor.End();
        }
    }

    /// <summary>Replaces the rows of a table.</summary>
    /// <returns>The number of rows that were written.</returns>
    public static long Write(Database database, TableShape table, IEnumerable<object[]> rows)
    {
        database.Execute($"DELETE FROM {table.Name}");
        ICursor insert = database.Open(
            $"INSERT INTO {table.Name} ({table.Names}) VALUES (@{string.Join(", @", table.Columns.Select(static column => column.Name))})",
            isHot: true);
        foreach (TableColumn column in table.Columns)
        {
            insert.Declare(column.Name);
        }

        long count = 0;
        foreach (object[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                insert.Bind(i, row[i]);
            }

            insert.Run();
            count++;
        }

        return count;
    }

    private static ColumnKind KindOf(string type) => type switch
    {
        "INTEGER" => ColumnKind.Number,
        "BLOB" => ColumnKind.Bytes,
        _ => ColumnKind.Text,
    };
}
