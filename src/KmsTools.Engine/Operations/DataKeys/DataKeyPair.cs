using KmsTools.Auditing;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>A data key pair on its way to the caller.</summary>
internal sealed class DataKeyPair : IDisposable
{
    private readonly KeyCipher _cipher;
    private readonly Secret _privateKey;

    private DataKeyPair(KeyCipher cipher, PrivateKey pair)
    {
        _cipher = cipher;
        _privateKey = pair.Export();
        PublicKey = pair.ExportPublicKey();
    }

    /// <summary>The public key: SubjectPublicKeyInfo (DER).</summary>
    public byte[] PublicKey { get; }

    /// <summary>The ID of the material that encrypts the private key.</summary>
    public string? KeyMaterialId => _cipher.CurrentMaterialId;

    /// <summary>Refuses a request that the KMS key or the spec forbids.</summary>
    /// <exception cref="KmsException">
    /// UnsupportedOperationException: the KMS key is in a custom key store, or such pairs are not supported. InvalidKeyUsageException: the
    /// KMS key is asymmetric.
    /// </exception>
    public static void Require(OperationContext context, string keyPairSpec)
    {
        Key key = context.Key;
        if (!key.KeySpec.IsSymmetricEncryption)
        {
            throw KmsErrors.KeySpecNotValid(key, context.Operation.Name);
        }

        if (key.CustomKeyStoreId is not null)
        {
            throw KmsErrors.OriginNotValid(key);
        }

        FormatOf(keyPairSpec).RequireOffered();
    }

    /// <summary>Generates the key pair of a request that is not refused, unless it is a dry run.</summary>
    /// <exception cref="KmsException">DryRunOperationException.</exception>
    public static DataKeyPair Generate(OperationContext context, string keyPairSpec, IReadOnlyDictionary<string, string>? encryptionContext)
    {
        KeyCipher cipher = KeyCipher.Of(context, context.Key, null, encryptionContext);
        context.Materials = new UsedMaterials { KeyMaterialId = cipher.CurrentMaterialId };
        context.EndDryRun();
        using PrivateKey pair = ((PrivateKeyMaterial)FormatOf(keyPairSpec)).GeneratePair(context.Services.Signatures);
        return new DataKeyPair(cipher, pair);
    }

    /// <summary>The private key encrypted under the KMS key.</summary>
    public KmsBlob EncryptPrivateKey() => _privateKey.Use(bytes => new KmsBlob(_cipher.Encrypt(bytes)));

    /// <summary>The private key in plaintext.</summary>
    public KmsSecretBlob RevealPrivateKey() => _privateKey.Use(static bytes => new KmsSecretBlob(bytes.ToArray()));

    /// <inheritdoc/>
    public void Dispose() => _privateKey.Dispose();

    // Every data key pair spec has the name of the corresponding key spec.
    private static MaterialFormat FormatOf(string keyPairSpec) => Enum.Parse<KeySpec>(keyPairSpec).Material;
}
