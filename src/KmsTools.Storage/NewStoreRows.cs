using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>The first rows of a store.</summary>
internal static class NewStoreRows
{
    /// <summary>Inserts them, within the transaction that makes the store.</summary>
    /// <param name="connection">The connection, which authenticates rows by the secrets.</param>
    /// <param name="options">How the store is opened.</param>
    /// <param name="rootKey">Its root key, of the first generation.</param>
    /// <param name="secrets">Its secrets.</param>
    public static void Insert(StateConnection connection, StateStoreOptions options, RootKey rootKey, StoreSecrets secrets)
    {
        StateStoreProperties properties = new(
            Guid.NewGuid().ToString(),
            options.AccountId ?? StateStoreProperties.DefaultAccountId,
            options.Region ?? StateStoreProperties.DefaultRegion,
            options.SimulatedClock ?? false,
            DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()),
            options.AwsManagedKeyRotationPeriodInDays ?? StateStoreProperties.DefaultAwsManagedKeyRotationPeriodInDays);
        connection.Store.Insert(properties, rootKey);
        connection.StoreSecrets.Insert(secrets, rootKey);
        connection.RootKeys.InsertFirst(properties.CreationDate);
    }
}
