using System.Buffers;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The secret access key of a proxy, as an external key store keeps it.</summary>
internal static class ProxySecret
{
    /// <summary>What is said of text that cannot be a secret access key.</summary>
    public const string Refusal =
        "This is not the secret access key of a proxy, which has 43 to 64 characters: letters, digits, and the characters + / =.";

    // RawSecretAccessKey in the AWS KMS API.
    private const int MinLength = 43;
    private const int MaxLength = 64;

    private static readonly SearchValues<byte> s_characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+="u8);

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

    /// <summary>Whether a secret can be a secret access key.</summary>
    public static bool IsValid(Secret secret) => secret.Use(
        static bytes => bytes.Length is >= MinLength and <= MaxLength && !bytes.ContainsAnyExcept(s_characters));

    /// <summary>Whether a secret is the one that a store has, compared in constant time.</summary>
    public static bool Is(RootKey rootKey, CustomKeyStore store, Secret secret)
    {
        using Secret kept = Open(rootKey, store);
        return secret.ContentEquals(kept);
    }

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
