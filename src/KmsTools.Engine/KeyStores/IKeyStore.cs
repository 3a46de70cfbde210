namespace KmsTools.KeyStores;

/// <summary>Where key material lives and is used. Software and HSMs differ here and nowhere else.</summary>
internal interface IKeyStore
{
    /// <summary>The number of bytes by which a sealed message is longer than its plaintext.</summary>
    int Overhead { get; }

    /// <summary>Encrypts and authenticates.</summary>
    /// <param name="key">The key, with its custom key store.</param>
    /// <param name="material">The material of the key to use.</param>
    /// <param name="plaintext">0-4096 bytes.</param>
    /// <param name="additionalData">Authenticated, not encrypted.</param>
    /// <param name="output">Exactly plaintext length + <see cref="Overhead"/> bytes.</param>
    void Encrypt(Key key, KeyMaterial material, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> output);

    /// <summary>Verifies and decrypts what <see cref="Encrypt"/> produced.</summary>
    /// <exception cref="KmsException">InvalidCiphertextException, whatever is wrong with the message.</exception>
    void Decrypt(Key key, KeyMaterial material, ReadOnlySpan<byte> message, ReadOnlySpan<byte> additionalData, Span<byte> plaintext);
}
