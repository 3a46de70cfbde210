using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>Passwords of a custom key store that were refused, and the HSMs that refused them.</summary>
internal static class RefusedPasswords
{
    /// <summary>
    /// Whether HSMs have refused the passwords that a custom key store has. The store does not keep which HSMs did: those of a copied lab are
    /// like those that were copied, and refuse a password that was changed after the copy.
    /// </summary>
    /// <param name="customKeyStore">The custom key store.</param>
    /// <param name="cluster">Its cluster; null when it is not registered.</param>
    /// <param name="rootKey">Unwraps the passwords.</param>
    /// <param name="provider">Knows the HSMs.</param>
    /// <exception cref="HsmException">Unreachable: another process has been using an HSM for long.</exception>
    public static bool AreOf(CustomKeyStore customKeyStore, HsmCluster? cluster, RootKey rootKey, Func<IHsmProvider> provider) =>
        customKeyStore.PasswordRefused
        && (cluster is null
            || new[] { customKeyStore.WrappedPassword, customKeyStore.OtherWrappedPassword }.OfType<ReadOnlyMemory<byte>>().Any(wrapped =>
            {
                using Secret password = CryptoUserPassword.Open(rootKey, customKeyStore.CustomKeyStoreId, wrapped);
                return !password.Use(pin => provider().MayOfferAgain(cluster, pin));
            }));
}
