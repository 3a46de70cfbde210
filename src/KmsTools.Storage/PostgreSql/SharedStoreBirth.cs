using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.RootKeys;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Makes a store in a database that has the tables and no store: first the root key file of this machine, or it takes the key that is there,
/// then all rows in one transaction. A crash leaves nothing, or the file, with which the next opening goes on. Of two machines at once, one
/// makes the store, and the other finds it.
/// </summary>
internal static class SharedStoreBirth
{
    /// <summary>Makes the store, unless it exists.</summary>
    /// <param name="connections">The connections of this node.</param>
    /// <param name="file">The root key file of this machine; null if none was named.</param>
    /// <param name="options">How it is opened.</param>
    /// <param name="limit">The maximum time to wait for others.</param>
    /// <exception cref="StateStoreException">It cannot be made; the message says why.</exception>
    public static void Ensure(Connections connections, RootKeyFile? file, StateStoreOptions options, TimeSpan limit)
    {
        using PostgreSqlConnection writer = PostgreSqlConnection.Open(connections, rows: null);
        RootKeyRows rows = new(writer.Database);
        string location = connections.Settings.Location;

        // In this order: both are made in one transaction, perhaps between the two reads.
        bool hasRootKey = rows.ReadGeneration() > 0;
        if (rows.ReadInstallationId() is not null)
        {
            return;
        }

        if (hasRootKey)
        {
            throw RowAuthenticator.Missing("store");
        }

        if (options.OnlyExisting)
        {
            throw new StateStoreException($"There is no store in the database '{location}' yet.")
            {
                Reason = "There is no store in the database yet.",
                SharedFault = SharedStoreFault.NoStore,
            };
        }

        if (file is null)
        {
            throw SharedRootKeyFile.IsNotNamed(location);
        }

        writer.Database.BeginWrite(limit);
        try
        {
            if (rows.ReadInstallationId() is null)
            {
                Make(writer, file, options, limit);
            }
        }
        finally
        {
            writer.Database.RollBack();
        }
    }

    private static void Make(PostgreSqlConnection writer, RootKeyFile file, StateStoreOptions options, TimeSpan limit)
    {
        SharedRootKeyFile.MakeFolder(file);
        using IDisposable entered = SharedRootKeyFile.Enter(file, limit);
        using RootKey rootKey = SharedRootKeyFile.ReadOrMake(file);
        using StoreSecrets secrets = StoreSecrets.Generate();
        writer.Database.AuthenticateRows(secrets.Rows);
        NewStoreRows.Insert(writer, options, rootKey, secrets);
        writer.Authorization.Insert(new AuthorizationSettings());
        writer.Database.Commit();
    }
}
