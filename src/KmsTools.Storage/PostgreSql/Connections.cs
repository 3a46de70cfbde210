using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// The connections of this node to the database, all with the same settings. A connection that is given back keeps its prepared
/// statements; one that is broken is dropped.
/// </summary>
internal sealed class Connections : IEventConnections, IDisposable
{
    // Of all connections, those that are left for the lane of events, locks and probes.
    private const int Reserved = 8;

    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlMultiHostDataSource? _hosts;
    private readonly SemaphoreSlim _slots;
    private readonly DatabaseWatch _watch;
    private volatile bool _isClosed;

    /// <summary>Prepares to connect.</summary>
    /// <exception cref="StateStoreException">The connection string or the password file cannot be used.</exception>
    public Connections(SharedStoreOptions options)
    {
        Settings = Parse(options);
        Identity = new SharedStoreIdentity(Settings.Location);
        NpgsqlSlimDataSourceBuilder builder = new(Settings.ConnectionString);
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        builder.EnableArrays();

        // Built-in types are enough, and to load all others takes longer than all else that a connection needs.
        builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
        builder.UsePhysicalConnectionInitializer(Prepare, PrepareAsync);
        if (Settings.PasswordFile is { } file)
        {
            _ = ReadPassword(file);
            builder.UsePasswordProvider(_ => ReadPassword(file), (_, _) => ValueTask.FromResult(ReadPassword(file)));
        }
        else
        {
            PasswordFiles.RequirePrivate(Settings.ConnectionString);
        }

        if (Settings.Hosts.Length > 1)
        {
            _source = _hosts = builder.BuildMultiHost();
        }
        else
        {
            _source = builder.Build();
        }

        _slots = new SemaphoreSlim(Settings.MaxConnections - Reserved);
        _watch = new DatabaseWatch(ProbeAsync, exception => DatabaseErrors.Explain(exception, Settings));
    }

    /// <summary>The database, and how it is reached.</summary>
    public ConnectionSettings Settings { get; }

    /// <summary>Which store the connections are for, once it is open.</summary>
    public SharedStoreIdentity Identity { get; }

    /// <summary>The clock of the database.</summary>
    public SharedClock Clock { get; } = new();

    /// <summary>Whether the database is known to be away, so that calls fail at once.</summary>
    public bool IsAway => _watch.Away is not null;

    /// <summary>Opens a connection. Dispose of it soon, except for one that is kept.</summary>
    /// <exception cref="StateStoreException">The database is away, or refuses the connection.</exception>
    public NpgsqlConnection Open()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        Identity.Require();
        _watch.Require();
        NpgsqlConnection connection = Create();
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception exception) when (IsOfDatabase(exception))
        {
            connection.Dispose();
            throw Explain(exception);
        }
    }

    /// <summary>As <see cref="Open"/>, without blocking a thread.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        Identity.Require();
        _watch.Require();
        NpgsqlConnection connection = Create();
        try
        {
            await connection.OpenAsync().ConfigureAwait(false);
            return connection;
        }
        catch (Exception exception) when (IsOfDatabase(exception))
        {
            connection.Dispose();
            throw Explain(exception);
        }
    }

    /// <summary>Opens a connection for a transaction on the state, of which there are only so many at a time.</summary>
    /// <exception cref="StateStoreException">The database is away, refuses the connection, or all are in use for too long.</exception>
    public NpgsqlConnection OpenForState()
    {
        _watch.Require();
        if (!_slots.Wait(s_busyLimit))
        {
            throw new StateStoreException(
                $"All {Settings.MaxConnections - Reserved} connections of this process to the database "
                    + $"{Settings.Location} are in use. Try again, or raise Maximum Pool Size in the connection string.");
        }

        try
        {
            return Open();
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    /// <summary>Gives back a connection for the state. What is left of a transaction on it is rolled back, without being waited for.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="isDead">Whether it is broken, as others may be that are not in use: none of them is used again.</param>
    public void CloseOfState(NpgsqlConnection connection, bool isDead)
    {
        if (isDead)
        {
            _source.Clear();
            _hosts?.ClearDatabaseStates();
        }

        ValueTask closing = connection.DisposeAsync();
        if (closing.IsCompletedSuccessfully)
        {
            _slots.Release();
        }
        else
        {
            _ = ReleaseAfterAsync(closing);
        }
    }

    /// <summary>The exception for users about an error. Whether the database is away is found out in the background.</summary>
    public StateStoreException Explain(Exception exception)
    {
        if (DatabaseErrors.IsAway(exception))
        {
            _watch.Suspect();
        }

        return DatabaseErrors.Explain(exception, Settings);
    }

    public bool IsLost(Exception exception)
    {
        if (!DatabaseErrors.IsLostConnection(exception))
        {
            return false;
        }

        _source.Clear();
        _hosts?.ClearDatabaseStates();
        return true;
    }

    // Npgsql says so when a connection turns out to be closed.
    public bool IsFault(Exception exception) =>
        IsOfDatabase(exception) || exception is InvalidOperationException and not ObjectDisposedException;

    public void Dispose()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _watch.Dispose();
            _source.Dispose();
        }
    }

    private static bool IsOfDatabase(Exception exception) =>
        exception is System.Data.Common.DbException or IOException or TimeoutException or System.Net.Sockets.SocketException
            or System.Security.Authentication.AuthenticationException or StateStoreException;

    private static ConnectionSettings Parse(SharedStoreOptions options)
    {
        try
        {
            return ConnectionSettings.Parse(options);
        }
        catch (ArgumentException exception)
        {
            throw new StateStoreException(exception.Message, exception);
        }
    }

    private static string ReadPassword(string file)
    {
        if (!SecretFile.TryRead(file, "password", isInPrivateFolder: false, out Secret? password, out string? reason))
        {
            throw new StateStoreException(reason);
        }

        using (password)
        {
            return password.Use(static bytes => System.Text.Encoding.UTF8.GetString(bytes));
        }
    }

    // What is answered is on the disk of the server, or of its standbys, as its administrator has decided; but not less than that.
    private const string RequireSyncText =
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

    private void Prepare(NpgsqlConnection connection)
    {
        using NpgsqlCommand command = new(RequireSyncText, connection);
        command.ExecuteNonQuery();
        Identity.Require(connection);
    }

    private async Task PrepareAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new(RequireSyncText, connection);
        await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        await Identity.RequireAsync(connection).ConfigureAwait(false);
    }

    private NpgsqlConnection Create() => _hosts is null ? _source.CreateConnection() : _hosts.CreateConnection(Settings.Target);

    private async Task ReleaseAfterAsync(ValueTask closing)
    {
        try
        {
            await closing.ConfigureAwait(false);
        }
        catch (Exception exception) when (IsOfDatabase(exception))
        {
            _ = Explain(exception);
        }
        finally
        {
            _slots.Release();
        }
    }

    // Over a connection that is new, because those that exist may be the ones that have failed.
    private async Task ProbeAsync(CancellationToken cancellation)
    {
        _source.Clear();
        _hosts?.ClearDatabaseStates();
        await using NpgsqlConnection connection = Create();
        await connection.OpenAsync(cancellation).ConfigureAwait(false);
        await using NpgsqlCommand command = new("SELECT 1", connection);
        _ = await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
    }
}
