namespace KmsTools.KeyStores;

/// <summary>
/// Calls external key store proxies, over the XKS proxy API of AWS (version 1.0). Implemented over HTTPS by KmsTools.Xks; the engine
/// contains no network code. Safe for use by many threads.
/// </summary>
public interface IXksClient : IDisposable
{
    /// <summary>GetHealthStatus: whether the proxy and its external key managers can be used.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="metadata">About the call that needs it.</param>
    /// <exception cref="XksException">The proxy cannot be reached, refuses, or answers something else.</exception>
    XksHealth GetHealthStatus(XksProxyTarget proxy, XksRequestMetadata metadata);

    /// <summary>GetKeyMetadata: what an external key is and can do.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="externalKeyId">The ID by which the proxy knows the key, 1-128 characters of <c>[a-zA-Z0-9-_.]</c>.</param>
    /// <param name="metadata">About the call that needs it.</param>
    /// <exception cref="XksException">The proxy cannot be reached, refuses, or answers something else.</exception>
    XksKeyMetadata GetKeyMetadata(XksProxyTarget proxy, string externalKeyId, XksRequestMetadata metadata);

    /// <summary>Encrypt: encrypts with an external key (AES-256-GCM), and checks the integrity of the answer.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="externalKeyId">The ID by which the proxy knows the key.</param>
    /// <param name="metadata">About the call that needs it.</param>
    /// <param name="plaintext">What is encrypted, at most 4300 bytes: never a plaintext of a caller.</param>
    /// <param name="additionalData">Authenticated, not encrypted, at most 8192 bytes.</param>
    /// <exception cref="XksException">The proxy cannot be reached, refuses, or answers something else.</exception>
    XksCiphertext Encrypt(
        XksProxyTarget proxy,
        string externalKeyId,
        XksRequestMetadata metadata,
        ReadOnlyMemory<byte> plaintext,
        ReadOnlyMemory<byte> additionalData);

    /// <summary>Decrypt: decrypts what <see cref="Encrypt"/> returned.</summary>
    /// <param name="proxy">The proxy.</param>
    /// <param name="externalKeyId">The ID by which the proxy knows the key.</param>
    /// <param name="metadata">About the call that needs it.</param>
    /// <param name="ciphertext">The parts of the ciphertext.</param>
    /// <param name="additionalData">What was authenticated.</param>
    /// <returns>As many bytes as the ciphertext has.</returns>
    /// <exception cref="XksException">The proxy cannot be reached, refuses, or answers something else.</exception>
    byte[] Decrypt(
        XksProxyTarget proxy,
        string externalKeyId,
        XksRequestMetadata metadata,
        XksCiphertext ciphertext,
        ReadOnlyMemory<byte> additionalData);

    /// <summary>Closes the connections to the proxy of a key store, because it was disconnected or deleted.</summary>
    /// <param name="customKeyStoreId">The key store.</param>
    void Disconnect(string customKeyStoreId);
}
