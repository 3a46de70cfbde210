namespace KmsTools;

/// <content>Errors about custom key stores.</content>
public static partial class KmsErrors
{
    /// <summary>CustomKeyStoreNotFoundException.</summary>
    /// <param name="idOrName">The ID or the name that was given.</param>
    public static KmsException CustomKeyStoreNotFound(string idOrName) => new(
        "CustomKeyStoreNotFoundException", $"Custom key store {idOrName} does not exist.")
    {
        MissingName = idOrName,
    };

    internal static KmsException CustomKeyStoreInvalidState(CustomKeyStore store, string operation, ErrorCause cause) => new(
        "CustomKeyStoreInvalidStateException",
        $"Custom key store {store.CustomKeyStoreId} is in connection state {store.ConnectionState}, which is not valid for {operation}.")
    {
        CustomKeyStoreId = store.CustomKeyStoreId,
        ClusterId = store.CloudHsmClusterId,
        Cause = cause,
    };

    /// <summary>The custom key store of a key that is to be created is not connected.</summary>
    internal static KmsException CustomKeyStoreNotConnected(CustomKeyStore store, string operation) => store.IsExternal
        ? new KmsException("CustomKeyStoreInvalidStateException", NotConnectedToProxy)
        {
            CustomKeyStoreId = store.CustomKeyStoreId,
            Cause = ErrorCause.KeyStoreNotConnected,
        }
        : CustomKeyStoreInvalidState(store, operation, ErrorCause.KeyStoreNotConnected);

    internal static KmsException CustomKeyStoreHasKeys(CustomKeyStore store, long count) => new(
        "CustomKeyStoreHasCMKsException",
        $"Custom key store {store.CustomKeyStoreId} contains {count} KMS key{(count == 1 ? "" : "s")}. Keys that are pending deletion "
            + "count.")
    {
        CustomKeyStoreId = store.CustomKeyStoreId,
    };

    internal static KmsException CustomKeyStoreNameInUse(string name) => new(
        "CustomKeyStoreNameInUseException", $"A custom key store with the name {name} already exists.");
}
