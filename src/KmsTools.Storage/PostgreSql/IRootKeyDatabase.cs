using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql;

/// <summary>Gives access to <see cref="RootKeyRows"/> beside the transaction that changes the store.</summary>
internal interface IRootKeyDatabase
{
    /// <summary>Executes statements, each of which is committed, and on the disk, when it returns.</summary>
    /// <exception cref="StateStoreException">The database cannot be used now.</exception>
    T Run<T>(Func<RootKeyRows, T> work);
}

/// <summary>The rows over the connections of a node, whatever thread uses them.</summary>
/// <param name="connections">The connections.</param>
internal sealed class RootKeyDatabase(Connections connections) : IRootKeyDatabase
{
    public T Run<T>(Func<RootKeyRows, T> work)
    {
        // It has a connection to the server only while a statement is executed.
        using PostgreSqlDatabase database = new(connections);
        return work(new RootKeyRows(database));
    }
}
