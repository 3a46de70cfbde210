using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>The secrets of a store, as its folder has them.</summary>
internal static class StoredSecrets
{
    /// <summary>
    /// After a script of the schema: keeps what stores of earlier versions derived from their root key, and that it was never rotated.
    /// </summary>
    public static void TakeOver(string script, StateConnection writer, RootKey rootKey)
    {
        if (script == Schema.SecretsOfStore)
        {
            using StoreSecrets secrets = StoreSecrets.DeriveFrom(rootKey);
            writer.StoreSecrets.Insert(secrets, rootKey);
        }
        else if (script == Schema.GenerationsOfRootKey)
        {
            writer.RootKeys.InsertFirst(writer.Store.Read().CreationDate);
        }
    }

    /// <summary>Reads the secrets.</summary>
    /// <exception cref="StateStoreException">One is missing or damaged.</exception>
    public static StoreSecrets Read(StoreFolder folder, StateConnection writer, RootKey rootKey)
    {
        try
        {
            return writer.StoreSecrets.Read(rootKey);
        }
        catch (CryptographicException exception)
        {
            throw new StateStoreException(
                $"'{folder.StateFile}' is damaged: what its tokens and ciphertexts depend on cannot be read. Restore it from a backup.",
                exception);
        }
    }
}
