using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <content>Queries that are executed once.</content>
internal sealed partial class Database
{
    /// <summary>
    /// Reads a number once. Nothing is left of it, unlike of a <see cref="Sql.Statement"/>, which lives as long as the connection.
    /// </summary>
    public long ReadNumber(string sql) => ReadFirst(sql, static row => row.Number());

    /// <summary>Reads a text once, as <see cref="ReadNumber"/> does a number.</summary>
    public string ReadText(string sql) => ReadFirst(sql, static row => row.Text());

    /// <summary>Reads all rows of a query once, and leaves nothing behind either.</summary>
    public List<T> ReadAll<T>(string sql, Func<NativeStatement, T> read)
    {
        NativeStatement statement = new(this, sql);
        try
        {
            List<T> rows = [];
            for (statement.Start(); statement.Step();)
            {
                rows.Add(read(statement));
            }

            return rows;
        }
        finally
        {
            statement.Close();
        }
    }

    private T ReadFirst<T>(string sql, Func<NativeStatement, T> read)
    {
        NativeStatement statement = new(this, sql);
        try
        {
            return statement.Start().Step()
                ? read(statement)
                : throw new StateStoreException(
                    $"'{Path}' is damaged: a record that every store has is missing. Restore it from a backup.")
                {
                    IsDamage = true,
                };
        }
        finally
        {
            statement.Close();
        }
    }
}
