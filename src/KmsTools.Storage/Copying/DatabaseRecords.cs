using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Copying;

/// <summary>The records in the database of a shared store, as they are verified.</summary>
internal static class DatabaseRecords
{
    /// <summary>Which records belong to others: the table, the other table, and the columns of both.</summary>
    public static ImmutableArray<(string Table, string Parent, ImmutableArray<(string Column, string Of)> Columns)> Parents { get; } =
    [
        ("aliases", "keys", [("region", "region"), ("target_key_id", "key_id")]),
        ("grant_counts", "keys", [("region", "region"), ("key_id", "key_id")]),
        ("grants", "keys", [("region", "region"), ("key_id", "key_id")]),
        ("held_materials", "keys", [("region", "region"), ("key_id", "key_id")]),
        ("hsm_backup_keys", "hsm_backups", [("backup_id", "backup_id")]),
        ("key_materials", "keys", [("region", "region"), ("key_id", "key_id")]),
    ];

    /// <summary>All tables of the schema, with their columns and keys.</summary>
    public static ImmutableArray<TableShape> ListTables(DatabaseSession session)
    {
        const string columns =
            """
            SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns
            WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position
            """;
        const string keys =
            """
            SELECT parts.table_name::text, parts.column_name::text FROM information_schema.table_constraints AS keys
            JOIN information_schema.key_column_usage AS parts
                ON parts.constraint_schema = keys.constraint_schema AND parts.constraint_name = keys.constraint_name
                    AND parts.table_name = keys.table_name
            WHERE keys.table_schema = current_schema() AND keys.constraint_type = 'PRIMARY KEY'
            ORDER BY parts.table_name, parts.ordinal_position
            """;
        ILookup<string, string> keyOf = session.Read(keys, null, static reader => (reader.GetString(0), reader.GetString(1)))
            .ToLookup(static part => part.Item1, static part => part.Item2);
        return
        [
            .. session
                .Read(columns, null, static reader => (Table: reader.GetString(0), Name: reader.GetString(1), Type: reader.GetString(2)))
                .GroupBy(static column => column.Table)
                .Select(table => new TableShape(
                    table.Key,
                    [.. table.Select(static column => new TableColumn(column.Name, KindOf(column.Type)))],
                    [.. keyOf[table.Key]])),
        ];
    }

    /// <summary>Finds the records whose MAC is not that of their content.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="rows">What authenticates rows.</param>
    /// <param name="found">Gets each finding.</param>
    /// <returns>The number of records that were verified.</returns>
    public static long Verify(DatabaseSession session, RowAuthenticator rows, Action<StoreFinding> found)
    {
        long count = 0;
        foreach (TableShape table in ListTables(session).Where(static table => table.IsAuthenticated))
        {
            foreach (object[] row in session.Read(table))
            {
                count++;
                if (!table.IsAuthentic(row, rows))
                {
                    found(RecordFindings.FindChanged(table.Name, table.KeyOf(row)));
                }
            }
        }

        return count;
    }

    /// <summary>Finds tables with records that belong to others which do not exist.</summary>
    public static IEnumerable<(string Table, string Parent)> ListOrphans(DatabaseSession session)
    {
        foreach ((string table, string parent, ImmutableArray<(string Column, string Of)> columns) in Parents)
        {
            string same = string.Join(" AND ", columns.Select(pair => $"parents.{pair.Of} = records.{pair.Column}"));
            long orphans = session.ReadNumber(
                $"SELECT count(*) FROM {table} AS records WHERE NOT EXISTS (SELECT 1 FROM {parent} AS parents WHERE {same})");
            for (long i = 0; i < orphans; i++)
            {
                yield return (table, parent);
            }
        }
    }

    /// <summary>The numbers of records that are not what was counted.</summary>
    public static IEnumerable<(string Name, long Counted, long Present)> ListWrongCounts(DatabaseSession session) => session.Read(
        RecordFindings.WrongCounts, null, static reader => (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));

    private static ColumnKind KindOf(string type) => type switch
    {
        "bigint" => ColumnKind.Number,
        "bytea" => ColumnKind.Bytes,
        _ => ColumnKind.Text,
    };
}
