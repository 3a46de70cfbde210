using System.Data.Common;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sql;

/// <summary>A connection to the database of a store, as tables see it, whatever database it is. Used by one thread at a time.</summary>
internal interface IDatabase : IDisposable
{
    /// <summary>Authenticates the rows that this connection reads and writes.</summary>
    /// <exception cref="InvalidOperationException">The connection has no key for that.</exception>
    RowAuthenticator Rows { get; }

    /// <summary>Compiles a statement, which is closed together with the connection.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="isHot">Whether changes or calls execute it so often that its cost matters.</param>
    ICursor Open(string sql, bool isHot);

    /// <summary>
    /// The condition that a name is the one that was given, where names that differ in case only are the same. Databases have no way in
    /// common that uses their index.
    /// </summary>
    /// <param name="column">The column with the name.</param>
    /// <param name="parameter">The parameter of the statement, without @.</param>
    string HasName(string column, string parameter);

    /// <summary>
    /// Whether commits have nonces, because a number may be used again: by a server that takes over without the newest commits.
    /// </summary>
    bool HasNonces { get; }

    /// <summary>Begins a transaction that reads. Its view is fixed by the first statement.</summary>
    void Begin();

    /// <summary>Commits the transaction.</summary>
    void Commit();

    /// <summary>Rolls the transaction back, if there is one.</summary>
    void RollBack();

    /// <summary>Lets nothing be left, as far as the database can do that now, of values that were overwritten or deleted.</summary>
    void TryForgetErased();

    /// <summary>The exception for users: what is wrong with the store, and what to do.</summary>
    StateStoreException Explain(DbException exception);
}
