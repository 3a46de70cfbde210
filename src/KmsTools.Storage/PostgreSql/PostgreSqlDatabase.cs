using System.Data.Common;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// The database as the tables of one connection see it. A connection to the server is taken from those of the node for each transaction,
/// and given back at its end. Within a transaction a statement that returns no rows waits: it is sent together with the next query or the
/// COMMIT, in one round trip, as BEGIN is. Its error is therefore that of a later statement; after an error all statements fail with it, until
/// <see cref="RollBack"/>.
/// </summary>
/// <remarks>
/// What passes through here is wrapped by the root key where it is secret. Npgsql keeps the last 8 KB that were sent and received in the
/// buffers of each connection, and does not clear them.
/// </remarks>
/// <param name="connections">The connections of the node.</param>
internal sealed class PostgreSqlDatabase(Connections connections) : IDatabase
{
    private const string LockNotAvailable = "55P03";

    // After the lock, for which others may have been waited for long.
    private const string ReadClock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

    private const int QueriesOfBeginWrite = 2;

    // What waits is sent at the latest when it is so much.
    private const int MaxQueued = 200;

    private readonly List<NpgsqlBatchCommand> _queue = [];
    private RowAuthenticator? _rows;
    private NpgsqlConnection? _connection;
    private StateStoreException? _failure;
    private Mode _mode;
    private long _lockDeadline;

    // How many of the queued statements return rows before those of the query: of the lock and of the clock.
    private int _queuedQueries;

    // Whether the server knows of the transaction, and whether there is more to it than its beginning.
    private bool _isBegun;
    private bool _hasWork;

    private enum Mode
    {
        None,
        Reading,
        Writing,
    }

    public RowAuthenticator Rows => _rows ?? throw new InvalidOperationException("The rows cannot be authenticated yet.");

    /// <summary>
    /// Whether the COMMIT that failed last may have been executed nevertheless: its answer was lost. The number of the commit tells, in a new
    /// transaction.
    /// </summary>
    public bool IsOutcomeUnknown { get; private set; }

    /// <summary>Sets what authenticates the rows that are read and written from now on.</summary>
    public void AuthenticateRows(RowMac mac) => _rows = new RowAuthenticator(mac);

    public ICursor Open(string sql, bool isHot) => new PostgreSqlCursor(this, sql);

    public void Begin()
    {
        Start(Mode.Reading);
        _queue.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    }

    /// <summary>
    /// Begins a transaction that changes the store, and takes the lock that all of them have, of all nodes. Both happen together with the
    /// first statement.
    /// </summary>
    /// <param name="limit">The maximum time to wait for others.</param>
    public void BeginWrite(TimeSpan limit)
    {
        Start(Mode.Writing);
        _lockDeadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        _queue.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL READ COMMITTED"));
        _queue.Add(new NpgsqlBatchCommand("SELECT id FROM store_lock WHERE id = 1 FOR UPDATE"));
        _queue.Add(new NpgsqlBatchCommand(ReadClock));
        _queuedQueries = QueriesOfBeginWrite;
    }

    public void Commit()
    {
        if (_mode != Mode.Writing || !_hasWork)
        {
            RollBack();
            return;
        }

        ThrowIfFailed();
        IsOutcomeUnknown = false;
        _queue.Add(new NpgsqlBatchCommand("COMMIT"));
        using (NpgsqlDataReader reader = Send(isQuery: false, isCommit: true))
        {
            Explained(() =>
            {
                while (reader.NextResult())
                {
                }

                return true;
            });
        }

        End();
    }

    public void RollBack()
    {
        if (_mode != Mode.None)
        {
            End();
        }
    }

    public string HasName(string column, string parameter) => $"lower({column}) = lower(@{parameter})";

    public bool HasNonces => true;

    /// <summary>Does nothing: the server overwrites what was deleted when it vacuums.</summary>
    public void TryForgetErased()
    {
    }

    public StateStoreException Explain(DbException exception) => connections.Explain(exception);

    public void Dispose() => RollBack();

    /// <summary>Looks at the clock of the server, as each transaction that changes the store does too.</summary>
    public void LookAtClock() => connections.Clock.Note(
        DateTimeOffset.FromUnixTimeMilliseconds(new Statement(this, ReadClock).Find(static row => row.Number("now"))));

    /// <summary>Executes a statement that returns no rows: at once outside of a transaction, later in one.</summary>
    internal void Run(NpgsqlBatchCommand command)
    {
        ThrowIfFailed();
        _queue.Add(command);
        _hasWork = true;
        if (_mode == Mode.None || _queue.Count >= MaxQueued)
        {
            EndQuery(Send(isQuery: false));
        }
    }

    /// <summary>Executes a query. End it with <see cref="EndQuery"/>.</summary>
    internal NpgsqlDataReader Query(NpgsqlBatchCommand command)
    {
        ThrowIfFailed();
        _queue.Add(command);
        _hasWork = true;
        return Send(isQuery: true);
    }

    internal void EndQuery(NpgsqlDataReader reader)
    {
        try
        {
            Explained(() =>
            {
                reader.Dispose();
                return true;
            });
        }
        finally
        {
            if (_mode == Mode.None)
            {
                GiveBack();
            }
        }
    }

    /// <summary>The connection to the server, opened if need be.</summary>
    internal NpgsqlConnection Connect() => _connection ??= connections.OpenForState();

    /// <summary>Executes something, and explains its errors.</summary>
    internal T Explained<T>(Func<T> execute)
    {
        try
        {
            return execute();
        }
        catch (Exception exception) when (IsOfDatabase(exception))
        {
            throw Fail(exception);
        }
    }

    private void Start(Mode mode)
    {
        if (_mode != Mode.None)
        {
            throw new InvalidOperationException("There is a transaction already.");
        }

        _mode = mode;
        _failure = null;
        _hasWork = false;
    }

    // Sends all that waits. What turns out to go over a dead connection is sent over another one, if nothing has happened yet: the beginning
    // of a transaction, or a query alone. A first batch that waits for the lock too long is sent again, as long as there is time, so that a
    // server that hangs is told from one that is busy.
    private NpgsqlDataReader Send(bool isQuery, bool isCommit = false)
    {
        for (bool isRetried = false; ;)
        {
            try
            {
                return SendOnce();
            }
            catch (Exception exception) when (exception is StateStoreException || IsOfDatabase(exception))
            {
                bool isHarmless = !_isBegun && !isCommit && (isQuery || _mode != Mode.None);
                bool isDead = isHarmless && !isRetried && exception is not StateStoreException
                    && DatabaseErrors.IsLostConnection(exception);
                bool isLocked = !_isBegun && _mode == Mode.Writing && exception is PostgresException { SqlState: LockNotAvailable }
                    && Environment.TickCount64 < _lockDeadline;
                if (!isLocked && !isDead)
                {
                    IsOutcomeUnknown = isCommit && exception is not PostgresException { InvariantSeverity: "ERROR" };
                    throw Fail(exception);
                }

                isRetried |= isDead;
                GiveBack(isDead);
                Renew();
            }
        }
    }

    // A command remembers the statement that was prepared for it, which other connections do not have.
    private void Renew()
    {
        for (int i = 0; i < _queue.Count; i++)
        {
            NpgsqlBatchCommand command = new(_queue[i].CommandText);
            foreach (NpgsqlParameter parameter in _queue[i].Parameters)
            {
                command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = parameter.NpgsqlDbType, Value = parameter.Value });
            }

            _queue[i] = command;
        }
    }

    private NpgsqlDataReader SendOnce()
    {
        NpgsqlBatch batch = new(Connect());
        foreach (NpgsqlBatchCommand command in _queue)
        {
            batch.BatchCommands.Add(command);
        }

        NpgsqlDataReader reader = batch.ExecuteReader();
        try
        {
            for (int i = 1; i <= _queuedQueries; i++)
            {
                if (i == QueriesOfBeginWrite && reader.Read())
                {
                    connections.Clock.Note(DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)));
                }

                reader.NextResult();
            }
        }
        catch
        {
            reader.Dispose();
            throw;
        }

        _queue.Clear();
        _queuedQueries = 0;
        _isBegun = _mode != Mode.None;
        return reader;
    }

    private StateStoreException Fail(Exception exception)
    {
        StateStoreException failure = exception as StateStoreException ?? connections.Explain(exception);
        if (_mode == Mode.None)
        {
            _queue.Clear();
            GiveBack();
        }
        else
        {
            _failure = failure;
        }

        return failure;
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw DatabaseErrors.Again(_failure);
        }
    }

    private void End()
    {
        _queue.Clear();
        _queuedQueries = 0;
        _mode = Mode.None;
        _failure = null;
        _isBegun = false;
        _hasWork = false;
        GiveBack();
    }

    // Npgsql rolls back what is still open.
    private void GiveBack(bool isDead = false)
    {
        if (_connection is { } connection)
        {
            _connection = null;
            connections.CloseOfState(connection, isDead);
        }
    }

    private bool IsOfDatabase(Exception exception) => exception is DbException or IOException or TimeoutException
        || (exception is InvalidOperationException and not ObjectDisposedException
            && _connection is { State: not System.Data.ConnectionState.Open });
}
