using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sql;

/// <summary>A table of one connection, with the statements that every table has. Each is compiled when it is first used.</summary>
internal abstract class Table<T>(IDatabase database, Columns<T> columns)
    where T : class
{
    private readonly Statement _find = new(database, columns.Find, isHot: true);
    private readonly Statement _insert = new(database, columns.Insert, isHot: true);
    private readonly Statement _update = new(database, columns.Update, isHot: true);
    private readonly Statement _put = new(database, columns.Put, isHot: true);
    private readonly Statement _delete = new(database, columns.Delete, isHot: true);

    public void Insert(T item) => _insert.Run(columns.Inserted, columns.ValuesOf(item, database));

    public void Update(T item) => _update.Run(columns.Updated, columns.ValuesOf(item, database));

    /// <summary>Inserts a row or replaces it.</summary>
    public void Put(T item) => _put.Run(columns.Inserted, columns.ValuesOf(item, database));

    protected T? FindByKey(params ReadOnlySpan<(string Name, object? Value)> key) => _find.Find(columns.Read, key);

    /// <summary>The row of a table that always has exactly one.</summary>
    /// <exception cref="StateStoreException">It is missing, was changed, or is damaged.</exception>
    protected T ReadOnlyRow() => FindByKey(("id", 1L)) ?? throw MissingRow();

    /// <summary>The error about a table that always has exactly one row, and has none.</summary>
    /// <param name="table">The table; null for this one.</param>
    protected StateStoreException MissingRow(string? table = null) => RowAuthenticator.Missing(table ?? columns.Table);

    protected void DeleteByKey(params ReadOnlySpan<(string Name, object? Value)> key) => _delete.Run(key);

    /// <summary>Prepares a statement of this table.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="isHot">Whether changes or calls execute it so often that its cost matters.</param>
    protected Statement Prepare(string sql, bool isHot = false) => new(database, sql, isHot);

    /// <summary>Prepares a query of whole rows.</summary>
    /// <param name="rest">What follows the name of the table: WHERE, ORDER BY, LIMIT.</param>
    protected Statement Select(string rest) => new(database, columns.Select + rest, isHot: true);

    /// <summary>The first row of a query of whole rows; null if there is none.</summary>
    protected T? Find(Statement select, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        select.Find(columns.Read, parameters);

    /// <summary>All rows of a query of whole rows.</summary>
    protected ImmutableArray<T> List(Statement select, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        select.List(columns.Read, parameters);
}
