using System.Text;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The secret access key of a proxy, as an external key store keeps it.</summary>
internal static class ProxySecret
{
    /// <summary>Wraps a secret access key.</summary>
    public static byte[] Wrap(RootKey rootKey, string customKeyStoreId, string secretAccessKey)
    {
        using Secret secret = Secret.TakeOver(Encoding.UTF8.GetBytes(secretAccessKey));
        return secret.Use(bytes => rootKey.Wrap(bytes, Context(customKeyStoreId)));
    }

    /// <summary>Unwraps the secret access key of a store. The caller disposes of it.</summary>
    /// <exception cref="StateStoreException">It cannot be unwrapped: the store is damaged, or the root key was rotated since it was read.</exception>
    public static Secret Open(RootKey rootKey, CustomKeyStore store) => WrappedValue.Open(
        rootKey, store.RequiredProxy.WrappedSecret.Span, Context(store.CustomKeyStoreId), SubjectOf(store), DamageOf(store));

    /// <summary>An external key store whose secret is wrapped by the generation of the root key that wraps now.</summary>
    public static CustomKeyStore WrapAgain(RootKey rootKey, CustomKeyStore store) => store with
    {
        Proxy = store.RequiredProxy with
        {
            WrappedSecret = WrappedValue.WrapAgain(
                rootKey, store.RequiredProxy.WrappedSecret.Span, Context(store.CustomKeyStoreId), SubjectOf(store), DamageOf(store)),
        },
    };

    private static string Context(string customKeyStoreId) => $"xks proxy/{customKeyStoreId}";

    private static string SubjectOf(CustomKeyStore store) => $"The proxy credential of custom key store {store.CustomKeyStoreId}";

    private static StoreDamage DamageOf(CustomKeyStore store) =>
        new("custom_key_stores", $"region={store.Region}, custom_key_store_id={store.CustomKeyStoreId}");
}
