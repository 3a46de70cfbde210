using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;
using Npgsql;
using NpgsqlTypes;

namespace KmsTools.Storage.Copying;

/// <summary>
/// A transaction on the database of a shared store that reads or writes whole tables, as rows of <see cref="TableShape"/>. It takes as long
/// as it takes: the limits that keep a node from hanging are for calls.
/// </summary>
internal sealed class DatabaseSession : IDisposable
{
    private readonly Connections _connections;
    private readonly NpgsqlConnection _connection;

    private DatabaseSession(Connections connections)
    {
        _connections = connections;
        _connection = connections.Open();
    }

    /// <summary>Begins to read, as of one moment: that of the first statement.</summary>
    public static DatabaseSession BeginReading(Connections connections) =>
        Begin(connections, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SELECT count(*) FROM store");

    /// <summary>Begins to write, and takes the lock that all who change the store have.</summary>
    public static DatabaseSession BeginWriting(Connections connections) =>
        Begin(connections, "BEGIN ISOLATION LEVEL READ COMMITTED", "SELECT id FROM store_lock WHERE id = 1 FOR UPDATE");

    /// <summary>Executes a statement.</summary>
    public void Execute(string sql) => Run(() =>
    {
        using NpgsqlCommand command = Command(sql);
        command.ExecuteNonQuery();
        return true;
    });

    /// <summary>Executes a statement with bytes as its only parameter, @bytes.</summary>
    public void Execute(string sql, byte[] bytes) => Run(() =>
    {
        using NpgsqlCommand command = Command(sql);
        command.Parameters.Add(new NpgsqlParameter<byte[]>("bytes", NpgsqlDbType.Bytea) { TypedValue = bytes });
        command.ExecuteNonQuery();
        return true;
    });

    /// <summary>The number that a query returns.</summary>
    public long ReadNumber(string sql) => Run(() =>
    {
        using NpgsqlCommand command = Command(sql);
        return (long)command.ExecuteScalar()!;
    });

    /// <summary>Reads rows as they come.</summary>
    /// <param name="sql">The query; @number is its only parameter, if it has one.</param>
    /// <param name="number">The value of the parameter; null if it has none.</param>
    /// <param name="read">Makes what is returned of a row.</param>
    public IEnumerable<T> Read<T>(string sql, long? number, Func<NpgsqlDataReader, T> read)
    {
        using NpgsqlCommand command = Command(sql);
        if (number is { } value)
        {
            command.Parameters.Add(new NpgsqlParameter<long>("number", NpgsqlDbType.Bigint) { TypedValue = value });
        }

        using NpgsqlDataReader reader = (NpgsqlDataReader)Run<System.Data.Common.DbDataReader>(command.ExecuteReader);
        while (Run(reader.Read))
        {
            yield return Run(() => read(reader));
        }
    }

    /// <summary>Reads all rows of a table. Each is valid until the next one is read.</summary>
    public IEnumerable<object[]> Read(TableShape table)
    {
        object[] row = new object[table.Columns.Length];
        return Read(table.Select, null, reader =>
        {
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? DBNull.Value : table.Columns[i].Kind switch
                {
                    ColumnKind.Number => reader.GetInt64(i),
                    ColumnKind.Bytes => reader.GetFieldValue<byte[]>(i),
                    _ => StoredText.Read(reader.GetString(i)),
                };
            }

            return row;
        });
    }

    /// <summary>Writes rows, which are sent as they come.</summary>
    /// <returns>Their number.</returns>
    public long Write(TableShape table, IEnumerable<object[]> rows) => Run(() =>
    {
        using NpgsqlBinaryImporter importer = _connection.BeginBinaryImport(
            $"COPY {table.Name} ({table.Names}) FROM STDIN (FORMAT BINARY)");
        importer.Timeout = TimeSpan.Zero;
        long count = 0;
        foreach (object[] row in rows)
        {
            importer.StartRow();
            for (int i = 0; i < row.Length; i++)
            {
                switch (row[i])
                {
                    case long number:
                        importer.Write(number, NpgsqlDbType.Bigint);
                        break;
                    case string text:
                        importer.Write(StoredText.Write(text), NpgsqlDbType.Text);
                        break;
                    case byte[] bytes:
                        importer.Write(bytes, NpgsqlDbType.Bytea);
                        break;
                    default:
                        importer.WriteNull();
                        break;
                }
            }

            count++;
        }

        importer.Complete();
        return count;
    });

    /// <summary>Commits.</summary>
    /// <exception cref="StateStoreException">It was not committed; or it is not known, because the answer was lost.</exception>
    public void Commit()
    {
        try
        {
            using NpgsqlCommand command = Command("COMMIT");
            command.ExecuteNonQuery();
        }
        catch (PostgresException exception) when (exception.InvariantSeverity == "ERROR")
        {
            throw _connections.Explain(exception);
        }
        catch (Exception exception) when (IsOfDatabase(exception))
        {
            throw new UnknownOutcomeException(_connections.Explain(exception));
        }
    }

    /// <summary>Rolls back what was not committed.</summary>
    public void Dispose() => _connection.Dispose();

    private static DatabaseSession Begin(Connections connections, string begin, string first)
    {
        DatabaseSession session = new(connections);
        try
        {
            session.Execute(begin);
            session.Execute("SET LOCAL idle_in_transaction_session_timeout = 0");
            session.Execute("SET LOCAL statement_timeout = 0");
            session.Execute(first);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static bool IsOfDatabase(Exception exception) => exception is NpgsqlException or IOException or TimeoutException;

    private NpgsqlCommand Command(string sql) => new(sql, _connection) { CommandTimeout = 0 };

    // What reads the other store may throw its own exceptions, which are for users already.
    private T Run<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            throw _connections.Explain(exception);
        }
    }
}

/// <summary>A transaction whose end is not known: its answer was lost.</summary>
/// <param name="cause">The error for users.</param>
internal sealed class UnknownOutcomeException(StateStoreException cause) : Exception(cause.Message, cause)
{
    /// <summary>The error for users.</summary>
    public StateStoreException Cause { get; } = cause;
}
