using System.Data.Common;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sql;

/// <summary>A connection to the database of a store, as tables see it, whatever database it is. Used by one thread at a time.</summary>
internal interface IDatabase
{
    /// <summary>Authenticates the rows that this connection reads and writes.</summary>
    /// <exception cref="InvalidOperationException">The connection has no key for that.</exception>
    RowAuthenticator Rows { get; }

    /// <summary>Creates a command, which is disposed together with the connection.</summary>
    DbCommand CreateCommand();

    /// <summary>The exception for users: what is wrong with the store, and what to do.</summary>
    StateStoreException Explain(DbException exception);
}
