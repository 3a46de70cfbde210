using KmsTools.Persistence;
using Npgsql;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>Where the event log gets its connections from. Safe for use by many threads.</summary>
internal interface IEventConnections
{
    /// <summary>Opens a connection without a transaction, which the caller closes.</summary>
    /// <exception cref="StateStoreException">The database cannot be reached.</exception>
    NpgsqlConnection Open();

    /// <inheritdoc cref="Open"/>
    ValueTask<NpgsqlConnection> OpenAsync();

    /// <summary>
    /// Whether a statement failed because its connection was dead, so that another one may do; others that are not in use are not used again
    /// then.
    /// </summary>
    bool IsLost(Exception exception);

    /// <summary>Whether an exception is one of the database, or of the way to it.</summary>
    bool IsFault(Exception exception);

    /// <summary>The exception for users, about such an exception.</summary>
    StateStoreException Explain(Exception exception);
}
