using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>A file that has events.</summary>
internal interface IEventFile
{
    /// <summary>Reads from its events.</summary>
    T Read<T>(Func<EventsTable, T> read);
}

/// <summary>A file that has events, read with pooled connections.</summary>
internal sealed class EventFile<TConnection>(Pool<TConnection> pool, Func<TConnection, EventsTable> events) : IEventFile
    where TConnection : class, IDisposable
{
    /// <inheritdoc/>
    public T Read<T>(Func<EventsTable, T> read)
    {
        TConnection connection = pool.Rent();
        try
        {
            return read(events(connection));
        }
        finally
        {
            pool.Return(connection);
        }
    }
}
