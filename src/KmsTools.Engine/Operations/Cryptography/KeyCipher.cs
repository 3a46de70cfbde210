using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>Encrypts and decrypts with one KMS key, as one request specifies. Symmetric and RSA keys differ only here.</summary>
internal abstract class KeyCipher
{
    private protected KeyCipher(EncryptionAlgorithmSpec algorithm) => Algorithm = algorithm;

    /// <summary>The algorithm.</summary>
    public EncryptionAlgorithmSpec Algorithm { get; }

    /// <summary>The ID of the material that encrypts; null for keys that do not reveal theirs.</summary>
    public abstract string? CurrentMaterialId { get; }

    /// <summary>Whether ciphertexts of an algorithm identify the key that encrypted them.</summary>
    /// <param name="algorithm">The algorithm of a request, or null for the default.</param>
    public static bool CiphertextNamesKey(string? algorithm) => algorithm is null or nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);

    /// <summary>Refuses a request that the key does not permit, whatever its material is.</summary>
    /// <param name="key">The key, whose usage is ENCRYPT_DECRYPT.</param>
    /// <param name="algorithm">The algorithm of the request, or null for the default.</param>
    /// <param name="encryptionContext">The encryption context of the request.</param>
    /// <returns>The algorithm.</returns>
    /// <exception cref="KmsException">
    /// InvalidKeyUsageException: the key does not support the algorithm. ValidationException: the algorithm accepts no encryption context.
    /// </exception>
    public static EncryptionAlgorithmSpec Require(Key key, string? algorithm, IReadOnlyDictionary<string, string>? encryptionContext)
    {
        EncryptionAlgorithmSpec spec = key.RequireEncryptionAlgorithm(algorithm);
        return key.KeySpec.IsSymmetricEncryption || encryptionContext is null || encryptionContext.Count == 0
            ? spec
            : throw KmsErrors.Validation(
                $"An encryption context is not valid with algorithm {spec}: only symmetric encryption keys take one.");
    }

    /// <summary>Refuses a key that cannot encrypt data keys: only symmetric encryption keys can.</summary>
    /// <exception cref="KmsException">InvalidKeyUsageException: the key is asymmetric.</exception>
    public static void RequireDataKeys(Key key)
    {
        if (!key.KeySpec.IsSymmetricEncryption)
        {
            throw KmsErrors.DataKeyUnderAsymmetricKey(key);
        }
    }

    /// <summary>Refuses a plaintext that is too long for the key. Of symmetric keys, the constraints of the request are the limit.</summary>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void RequireRoom(Key key, EncryptionAlgorithmSpec algorithm, int length)
    {
        if (key.KeySpec.RsaSize is { } bits && RsaKey.MaxPlaintext(bits, algorithm) is var max && length > max)
        {
            throw KmsErrors.Validation($"Algorithm {algorithm} and key spec {key.KeySpec} cannot encrypt data larger than {max} bytes.");
        }
    }

    /// <summary>The cipher of a request.</summary>
    /// <param name="context">The call.</param>
    /// <param name="key">The key, whose usage is ENCRYPT_DECRYPT.</param>
    /// <param name="algorithm">The algorithm of the request, or null for the default.</param>
    /// <param name="encryptionContext">The encryption context of the request.</param>
    /// <exception cref="KmsException">
    /// InvalidKeyUsageException: the key does not support the algorithm. ValidationException: the algorithm accepts no encryption context.
    /// </exception>
    public static KeyCipher Of(OperationContext context, Key key, string? algorithm, IReadOnlyDictionary<string, string>? encryptionContext)
    {
        EncryptionAlgorithmSpec spec = Require(key, algorithm, encryptionContext);
        return !key.KeySpec.IsSymmetricEncryption ? new Rsa(context.Services.Software, key, spec)
            : key.XksKeyId is null ? new Symmetric(context.Services.Cipher, key, spec, encryptionContext)
            : new ExternalKeyCipher(context, key, spec, encryptionContext);
    }

    /// <summary>Encrypts.</summary>
    public abstract byte[] Encrypt(ReadOnlySpan<byte> plaintext);

    /// <summary>Decrypts.</summary>
    /// <param name="ciphertext">The ciphertext.</param>
    /// <param name="keyMaterialId">The material that encrypted it; null for keys that do not reveal theirs.</param>
    /// <exception cref="KmsException">InvalidCiphertextException, whatever the cause.</exception>
    public abstract byte[] Decrypt(ReadOnlySpan<byte> ciphertext, out string? keyMaterialId);

    private sealed class Symmetric(
        SymmetricCipher cipher,
        Key key,
        EncryptionAlgorithmSpec algorithm,
        IReadOnlyDictionary<string, string>? encryptionContext) : KeyCipher(algorithm)
    {
        public override string? CurrentMaterialId => key.CurrentMaterial!.KeyMaterialId;

        public override byte[] Encrypt(ReadOnlySpan<byte> plaintext) => cipher.Encrypt(key, plaintext, encryptionContext);

        public override byte[] Decrypt(ReadOnlySpan<byte> ciphertext, out string? keyMaterialId) =>
            cipher.Decrypt(key, ciphertext, encryptionContext, out keyMaterialId);
    }

    private sealed class Rsa(SoftwareKeyStore software, Key key, EncryptionAlgorithmSpec algorithm) : KeyCipher(algorithm)
    {
        public override string? CurrentMaterialId => null;

        public override byte[] Encrypt(ReadOnlySpan<byte> plaintext)
        {
            using PrivateKeyPool.Lease<RsaKey> lease = software.Borrow<RsaKey>(key);
            return lease.Key.Encrypt(Algorithm, plaintext);
        }

        public override byte[] Decrypt(ReadOnlySpan<byte> ciphertext, out string? keyMaterialId)
        {
            keyMaterialId = null;
            using PrivateKeyPool.Lease<RsaKey> lease = software.Borrow<RsaKey>(key);
            try
            {
                return lease.Key.Decrypt(Algorithm, ciphertext);
            }
            catch (CryptographicException)
            {
                throw KmsErrors.InvalidCiphertext();
            }
        }
    }
}
