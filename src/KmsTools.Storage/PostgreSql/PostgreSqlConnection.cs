using KmsTools.Cryptography;

namespace KmsTools.Storage.PostgreSql;

/// <summary>The tables of a shared store, for one thread at a time. It has a connection to the server only during a transaction.</summary>
internal sealed class PostgreSqlConnection : StateConnection
{
    private PostgreSqlConnection(PostgreSqlDatabase database)
        : base(database) => Database = database;

    public override PostgreSqlDatabase Database { get; }

    /// <summary>Makes the tables of a node.</summary>
    /// <param name="connections">The connections of the node.</param>
    /// <param name="rows">What authenticates rows; null while the store is being opened.</param>
    public static PostgreSqlConnection Open(Connections connections, RowMac? rows)
    {
        PostgreSqlDatabase database = new(connections);
        if (rows is not null)
        {
            database.AuthenticateRows(rows);
        }

        return new PostgreSqlConnection(database);
    }
}
