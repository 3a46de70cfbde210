using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Tables;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Notices that another store, or this store from before its root key was rotated, was put in the place of the one that a process has open:
/// what is in memory of the former must not be mixed with it. Looked at over each new connection to a server, of which there is one after a
/// failover. A process that has noticed it goes on refusing.
/// </summary>
/// <param name="location">The store, for people.</param>
internal sealed class SharedStoreIdentity(string location)
{
    private const string Sql = "SELECT installation_id, root_key_check FROM store WHERE id = 1";

    private volatile Known? _known;
    private volatile bool _isReplaced;

    /// <summary>Knows the store from now on.</summary>
    /// <param name="installationId">Identifies it.</param>
    /// <param name="rootKey">Its root key.</param>
    public void Know(string installationId, RootKey rootKey) => _known = new Known(installationId, rootKey);

    /// <summary>Refuses once the store was replaced.</summary>
    /// <exception cref="StateStoreException">It was.</exception>
    public void Require()
    {
        if (_isReplaced)
        {
            throw new StateStoreException(
                $"The store '{location}' was replaced while this process used it: the database has another one now, or one from before the "
                    + "root key was rotated. Nothing more is done with it. End this process, or connect again.")
            {
                Reason = "The store in the database was replaced.",
            };
        }
    }

    /// <summary>Looks over a new connection.</summary>
    /// <exception cref="StateStoreException">The store was replaced.</exception>
    public void Require(NpgsqlConnection connection)
    {
        if (_known is { } known)
        {
            using NpgsqlCommand command = new(Sql, connection);
            using (NpgsqlDataReader reader = command.ExecuteReader())
            {
                Require(known, reader, reader.Read());
            }

            Require();
        }
    }

    /// <summary>As <see cref="Require(NpgsqlConnection)"/>, without blocking a thread.</summary>
    public async Task RequireAsync(NpgsqlConnection connection)
    {
        if (_known is { } known)
        {
            await using NpgsqlCommand command = new(Sql, connection);
            await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync().ConfigureAwait(false))
            {
                Require(known, reader, await reader.ReadAsync().ConfigureAwait(false));
            }

            Require();
        }
    }

    private void Require(Known known, NpgsqlDataReader reader, bool isThere) =>
        _isReplaced |= !isThere || reader.GetString(0) != known.InstallationId || !IsOf(known, reader.GetFieldValue<byte[]>(1));

    // A generation that is newer than all that are held may be of a rotation that this process has not followed yet.
    private static bool IsOf(Known known, byte[] check)
    {
        int generation = RootKey.GenerationOf(check);
        if (!known.RootKey.Holds(generation))
        {
            return generation > known.RootKey.Held[^1];
        }

        try
        {
            known.RootKey.Unwrap(check, StoreTable.ContextOfCheck(known.InstallationId)).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or StateStoreException)
        {
            // Dropped in between, or not unwrapped by what is held.
            return !known.RootKey.Holds(generation);
        }
    }

    private sealed record Known(string InstallationId, RootKey RootKey);
}
