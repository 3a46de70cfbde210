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

    /// <summary>The exception for users, about one that a statement has thrown.</summary>
    StateStoreException Explain(Exception exception);
}
