using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using KmsTools.Persistence;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>What the errors of the database mean, and what to do about them.</summary>
internal static class DatabaseErrors
{
    private const string NothingSaved = "Nothing of the last change was saved.";

    // For callers on other machines.
    private const string AwayReason = "The database of the key store does not answer.";
    private const string AccessReason = "The database of the key store has refused access.";
    private const string FailedReason = "The database of the key store has refused a request.";

    /// <summary>The exception for users. It has nothing secret: no values, no password.</summary>
    /// <param name="exception">What Npgsql has thrown.</param>
    /// <param name="settings">The database.</param>
    public static StateStoreException Explain(Exception exception, ConnectionSettings settings)
    {
        // What a callback of ours has thrown.
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is StateStoreException own)
            {
                return own;
            }
        }

        string where = settings.Location;
        string role = settings.User is null ? "the role" : $"the role '{settings.User}'";
        return exception switch
        {
            PostgresException postgres => OfServer(postgres, where, role),
            NpgsqlException when exception.Message.StartsWith("No password", StringComparison.Ordinal) =>
                Denied(NoAccess(where, role), exception),
            _ when Find<AuthenticationException>(exception) is not null => NotTrusted(
                $"The server of the database {where} is not trusted: its certificate was not accepted. Name the certificate of its CA "
                    + "(Root Certificate=...) in the connection string, and the host as the certificate of the server names it.",
                exception),
            _ when UnreadableFile(exception) is { } unreadable => NotTrusted(
                $"The server of the database {where} is not trusted: a certificate that the connection string names cannot be read. "
                    + unreadable.Message,
                exception),
            NpgsqlException when exception.Message.Contains("SSL", StringComparison.Ordinal) && !IsAway(exception) => Refused(
                $"There is no TLS session with the server of the database {where}: {exception.Message} Turn TLS on in the server, or say in "
                    + "the connection string (SSL Mode=...) what the connection needs.",
                exception),
            _ when IsAway(exception) => Away(where, exception),
            _ => Refused($"The database {where} failed: {exception.Message} {NothingSaved}", exception),
        };
    }

    /// <summary>The same error at another call.</summary>
    public static StateStoreException Again(StateStoreException failure) =>
        new(failure.Message, failure) { Reason = failure.Reason, SharedFault = failure.SharedFault, LostChanges = failure.LostChanges };

    /// <summary>Whether the database, not just the statement, is what has failed: it is gone, hangs, or accepts no changes any more.</summary>
    public static bool IsAway(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => state is "57P01" or "57P02" or "57P03" or "25006"
            || state.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException { IsTransient: true } => true,
        _ => Find<SocketException>(exception) is not null || Find<IOException>(exception) is not null
            || Find<TimeoutException>(exception) is not null,
    };

    /// <summary>Whether the connection turned out to be dead at once, so that another one may do.</summary>
    public static bool IsLostConnection(Exception exception) => exception switch
    {
        // The server has ended it: for another primary, because of a restart, or because it was idle.
        PostgresException { SqlState: var state } => state is "57P01" or "57P02" or "57P05" or "25P03" or "25006",
        _ => Find<TimeoutException>(exception) is null
            && (Find<SocketException>(exception) is not null || Find<IOException>(exception) is not null
                || exception is InvalidOperationException),
    };

    private static StateStoreException OfServer(PostgresException exception, string where, string role) => exception.SqlState switch
    {
        "28P01" or "28000" => Denied(NoAccess(where, role), exception),
        "3D000" => Refused($"There is no database {where}. Create it in the server first, then its tables.", exception),
        "42P01" or "3F000" or "42703" => Uninitialized(
            $"The database {where} has no tables of a store, or others than this version of KmsTools needs.", exception),
        "42501" => Denied($"In the database {where} {role} has no right to do this: {exception.MessageText}.", exception),
        "53100" => Refused($"The disk of the database {where} is full. {NothingSaved} Free some space and try again.", exception),
        "53200" => Refused($"The server of the database {where} has no memory left. {NothingSaved} Try again.", exception),
        "53300" => Refused(
            $"The server of the database {where} accepts no more connections. Raise its max_connections, or lower Maximum Pool Size in the "
                + "connection strings of those that use it.",
            exception),
        "40001" or "40P01" => Refused(
            $"Another change was in the way of this one in the database {where}. {NothingSaved} Try again.", exception),
        "55P03" => Refused(
            $"The store in the database {where} is busy: another machine kept it locked for too long. Try again.", exception),
        "57014" => Refused($"The database {where} took too long. {NothingSaved} Try again.", exception),
        "25P03" => Refused(
            $"The database {where} has ended a transaction that this process did not go on with in time. {NothingSaved} Try again.",
            exception),
        "25006" => Away(where, exception),
        "0A000" => Refused($"The tables in the database {where} were changed just now. {NothingSaved} Try again.", exception),
        "XX001" or "XX002" => Refused($"The database {where} is damaged. Restore it from a backup.", exception),
        _ when exception.SqlState.StartsWith("23", StringComparison.Ordinal) => Refused(
            $"A record that the database {where} does not allow was refused. {NothingSaved}", exception),
        _ when IsAway(exception) => Away(where, exception),
        _ => Refused($"The database {where} failed: {exception.MessageText} ({exception.SqlState}). {NothingSaved}", exception),
    };

    private static string NoAccess(string where, string role) =>
        $"The server of the database {where} does not let {role} in. Check the name of the role, where its password comes from (a password "
            + "file, ~/.pgpass or PGPASSWORD), and what the server allows (pg_hba.conf).";

    private static StateStoreException Away(string where, Exception exception)
    {
        string reason = exception switch
        {
            PostgresException { SqlState: "25006" } => "the server accepts no changes: it is a standby now",
            PostgresException postgres => postgres.MessageText,
            _ when Find<SocketException>(exception) is { } socket => socket.Message,
            _ when Find<TimeoutException>(exception) is not null => "no answer in time",
            _ => exception.Message,
        };
        return new StateStoreException(
            $"The database {where} does not answer: {reason.TrimEnd('.')}. Check the server and the network. What was answered before is "
                + "saved, and the store goes on by itself as soon as the database answers.",
            exception)
        {
            Reason = AwayReason,
            SharedFault = SharedStoreFault.DatabaseAway,
        };
    }

    private static Exception? UnreadableFile(Exception exception) => (Exception?)Find<FileNotFoundException>(exception)
        ?? (Exception?)Find<DirectoryNotFoundException>(exception)
        ?? (Exception?)Find<UnauthorizedAccessException>(exception)
        ?? Find<CryptographicException>(exception);

    private static StateStoreException NotTrusted(string message, Exception exception) => new(message, exception)
    {
        Reason = AccessReason,
        SharedFault = SharedStoreFault.NotTrusted,
    };

    private static StateStoreException Refused(string message, Exception exception) => new(message, exception) { Reason = FailedReason };

    private static StateStoreException Denied(string message, Exception exception) =>
        new(message, exception) { Reason = AccessReason, SharedFault = SharedStoreFault.AccessDenied };

    private static StateStoreException Uninitialized(string message, Exception exception) =>
        new(message, exception) { Reason = FailedReason, SharedFault = SharedStoreFault.NotInitialized };

    private static T? Find<T>(Exception exception)
        where T : Exception
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
            {
                return found;
            }

            if (inner is AggregateException { InnerExceptions: var all } && all.Select(Find<T>).FirstOrDefault() is { } any)
            {
                return any;
            }
        }

        return null;
    }
}
