namespace KmsTools.Persistence;

/// <summary>Prepares databases for stores that several machines share.</summary>
public interface IStoreDatabases
{
    /// <summary>
    /// Makes the tables of a store in a database, or brings those of an earlier version to this one. Does nothing where that is done.
    /// </summary>
    /// <param name="options">The database, with a role that may create tables in its schema.</param>
    /// <param name="role">The role of the database that is to use the store: it gets the rights that it needs, and no others.</param>
    /// <exception cref="StateStoreException">The database cannot be prepared; nothing was changed.</exception>
    DatabaseInitialization Initialize(SharedStoreOptions options, string? role);

    /// <summary>
    /// Names the database for people, as <see cref="IStateStore.Location"/> does: the same for all ways to write one connection string.
    /// Does not connect.
    /// </summary>
    /// <param name="options">The database.</param>
    /// <exception cref="ArgumentException">The connection string is malformed, or has a keyword that there is not.</exception>
    /// <exception cref="StateStoreException">The connection string contains a password.</exception>
    string Locate(SharedStoreOptions options);
}
