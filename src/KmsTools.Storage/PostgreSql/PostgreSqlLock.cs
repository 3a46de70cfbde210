using System.Data.Common;
using System.Diagnostics;
using KmsTools.Persistence;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// A lock that one process at a time has, of all nodes: a locked row, in a transaction that lasts as long as the lock, on a connection that is
/// used for nothing else. The server ends it with the connection, and when it hears nothing of the holder for so long that its machine must
/// have died.
/// </summary>
internal sealed class PostgreSqlLock : IDisposable
{
    // The server ends transactions that are idle for 15 seconds.
    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(4);

    private readonly Lock _gate = new();
    private readonly Connections _connections;
    private readonly NpgsqlConnection _connection;
    private readonly Timer _timer;
    private volatile bool _isLost;
    private bool _isClosed;

    private PostgreSqlLock(Connections connections, NpgsqlConnection connection)
    {
        _connections = connections;
        _connection = connection;
        _timer = new Timer(_ => Beat(), null, s_beat, s_beat);
    }

    /// <summary>Whether the connection was lost, and with it the lock: another node may have it.</summary>
    public bool IsLost => _isLost;

    /// <summary>Waits until no other process has the lock.</summary>
    /// <param name="connections">The connections of the node.</param>
    /// <param name="name">The name of the lock.</param>
    /// <param name="limit">The maximum time to wait.</param>
    /// <returns>What frees it; null if others have kept it for so long.</returns>
    /// <exception cref="StateStoreException">The database is away.</exception>
    public static PostgreSqlLock? Enter(Connections connections, string name, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        NpgsqlConnection connection = connections.Open();
        bool isKept = false;
        try
        {
            Execute(connection, "INSERT INTO lock_rows (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", name);
            while (!TryLock(connection, name, limit - Stopwatch.GetElapsedTime(start)))
            {
                if (Stopwatch.GetElapsedTime(start) >= limit)
                {
                    return null;
                }
            }

            isKept = true;
            return new PostgreSqlLock(connections, connection);
        }
        catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
        {
            throw connections.Explain(exception);
        }
        finally
        {
            if (!isKept)
            {
                connection.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                _timer.Dispose();

                // Rolls back.
                _connection.Dispose();
            }
        }
    }

    // The server waits at most lock_timeout, so that one that hangs is told from a lock that is taken.
    private static bool TryLock(NpgsqlConnection connection, string name, TimeSpan left)
    {
        try
        {
            Execute(connection, "BEGIN");
            Execute(
                connection,
                "SELECT name FROM lock_rows WHERE name = $1 FOR UPDATE" + (left <= TimeSpan.Zero ? " NOWAIT" : ""),
                name);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.LockNotAvailable)
        {
            Execute(connection, "ROLLBACK");
            return false;
        }
    }

    private static void Execute(NpgsqlConnection connection, string sql, string? name = null)
    {
        using NpgsqlCommand command = new(sql, connection);
        if (name is not null)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = name });
        }

        command.ExecuteNonQuery();
    }

    private void Beat()
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            if (!_isClosed && !_isLost)
            {
                Execute(_connection, "SELECT 1");
            }
        }
        catch (Exception exception) when (exception is DbException or IOException or TimeoutException or InvalidOperationException)
        {
            _isLost = true;
            _ = _connections.Explain(exception);
        }
        finally
        {
            _gate.Exit();
        }
    }
}
