using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>The secrets of a store, as its folder has them.</summary>
internal static class StoredSecrets
{
    /// <summary>
    /// At the end of an upgrade: keeps what stores of earlier versions derived from their root key, gives their rows MACs, and keeps that
    /// the root key was never rotated.
    /// </summary>
    /// <param name="version">The version that the file had.</param>
    /// <param name="writer">The connection, whose rows are authenticated with secrets that are closed afterwards.</param>
    /// <param name="rootKey">The root key of the store.</param>
    public static void TakeOver(long version, StateFile writer, RootKey rootKey)
    {
        bool areNew = version < Schema.SecretsVersion;
        using StoreSecrets secrets = areNew ? StoreSecrets.DeriveFrom(rootKey) : writer.StoreSecrets.Read(rootKey);
        if (areNew)
        {
            writer.StoreSecrets.Insert(secrets, rootKey);
        }

        writer.Database.AuthenticateRows(secrets.Rows);
        if (version < Schema.RowMacsVersion)
        {
            new AuthenticatedTables(writer.Database).AuthenticateAll();
        }

        if (version < Schema.GenerationsVersion)
        {
            writer.RootKeys.InsertFirst(writer.Store.Read().CreationDate);
        }
    }

    /// <summary>Reads the secrets.</summary>
    /// <exception cref="StateStoreException">One is missing or damaged.</exception>
    public static StoreSecrets Read(StoreFolder folder, StateFile writer, RootKey rootKey)
    {
        try
        {
            return writer.StoreSecrets.Read(rootKey);
        }
        catch (CryptographicException exception)
        {
            throw new StateStoreException(
                $"'{folder.StateFile}' is damaged: what its tokens and ciphertexts depend on cannot be read. Restore it from a backup.",
                exception)
            {
                IsDamage = true,
            };
        }
    }
}
