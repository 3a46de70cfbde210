using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>An RSA key pair: RSAES-OAEP, RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017).</summary>
internal sealed class RsaKey : PrivateKey
{
    private readonly RSA _rsa;

    internal RsaKey(RSA rsa) => _rsa = rsa;

    /// <inheritdoc/>
    protected override MessageToSign TestMessage =>
        MessageToSign.Hashed(SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256, "pairwise consistency"u8.ToArray());

    /// <summary>The material of RSA keys of this size in bits.</summary>
    public static MaterialFormat Material(int bits, int typicalSize) => new PrivateKeyMaterial(
        $"an RSA private key with {bits} bits",
        typicalSize,
        _ => new RsaKey(RSA.Create(bits)),
        (pkcs8, _) => Open(pkcs8, bits),
        static () => null);

    /// <summary>The longest plaintext of RSAES-OAEP (RFC 8017, section 7.1.1).</summary>
    /// <param name="bits">The size of the key, in bits.</param>
    /// <param name="padding">OAEP, with its hash.</param>
    public static int MaxPlaintext(int bits, RSAEncryptionPadding padding)
    {
        int hashSize = padding.OaepHashAlgorithm == HashAlgorithmName.SHA1 ? SHA1.HashSizeInBytes : SHA256.HashSizeInBytes;
        return (bits / 8) - (2 * hashSize) - 2;
    }

    /// <summary>The longest plaintext of an algorithm.</summary>
    /// <param name="bits">The size of the key, in bits.</param>
    /// <param name="algorithm">The algorithm.</param>
    public static int MaxPlaintext(int bits, EncryptionAlgorithmSpec algorithm) => MaxPlaintext(bits, Padding(algorithm));

    /// <summary>Encrypts.</summary>
    public byte[] Encrypt(EncryptionAlgorithmSpec algorithm, ReadOnlySpan<byte> plaintext) => _rsa.Encrypt(plaintext, Padding(algorithm));

    /// <summary>Decrypts.</summary>
    /// <exception cref="CryptographicException">The ciphertext was not made with this key and algorithm.</exception>
    public byte[] Decrypt(EncryptionAlgorithmSpec algorithm, ReadOnlySpan<byte> ciphertext) => _rsa.Decrypt(ciphertext, Padding(algorithm));

    /// <inheritdoc/>
    public override Secret Export() => Secret.TakeOver(_rsa.ExportPkcs8PrivateKey());

    /// <inheritdoc/>
    public override byte[] ExportPublicKey() => _rsa.ExportSubjectPublicKeyInfo();

    /// <inheritdoc/>
    public override byte[] Sign(MessageToSign message) => _rsa.SignHash(message.Input, message.Hash, Padding(message.Algorithm));

    /// <inheritdoc/>
    public override bool Verify(MessageToSign message, byte[] signature) =>
        _rsa.VerifyHash(message.Input, signature, message.Hash, Padding(message.Algorithm));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _rsa.Dispose();

    private static RsaKey Open(ReadOnlySpan<byte> pkcs8, int bits)
    {
        RSA rsa = RSA.Create();
        try
        {
            rsa.ImportPkcs8PrivateKey(pkcs8, out int read);
            return read == pkcs8.Length && rsa.KeySize == bits ? new RsaKey(rsa) : throw new CryptographicException();
        }
        catch
        {
            rsa.Dispose();
            throw;
        }
    }

    private static RSAEncryptionPadding Padding(EncryptionAlgorithmSpec algorithm) =>
        algorithm == EncryptionAlgorithmSpec.RSAES_OAEP_SHA_1 ? RSAEncryptionPadding.OaepSHA1 : RSAEncryptionPadding.OaepSHA256;

    // The salt of Pss is as long as the hash.
    private static RSASignaturePadding Padding(SigningAlgorithmSpec algorithm) => algorithm
        is SigningAlgorithmSpec.RSASSA_PSS_SHA_256 or SigningAlgorithmSpec.RSASSA_PSS_SHA_384 or SigningAlgorithmSpec.RSASSA_PSS_SHA_512
        ? RSASignaturePadding.Pss
        : RSASignaturePadding.Pkcs1;
}
